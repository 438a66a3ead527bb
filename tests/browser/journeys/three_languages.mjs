// Each language says everything: no page of one holds the sentences of another.

import { DESK, PHONE, demand, person, sound } from "../house.mjs";
import { clean, open, signIn } from "../steps.mjs";

const SENT = { en: "Sent Items", fr: "Éléments envoyés", de: "Gesendete Elemente" };

export async function play(running, world) {
  for (const lang of ["en", "fr", "de"]) {
    const who = await person(running, { origins: [world.webmail], lang, view: lang === "fr" ? PHONE : DESK });
    const { page } = who;
    await signIn(page, world.webmail, "maire", world.password);
    demand((await page.getAttribute("html", "lang")) === lang, `the inbox is not in ${lang}`);
    const folders = await page.locator("nav.folders").textContent();
    demand(folders.includes(SENT[lang]), `no folder ${SENT[lang]} in: ${folders}`);
    await sound(page, `inbox, ${lang}`);
    await open(page, "Vielen Dank");
    await sound(page, `message, ${lang}`);
    await page.goto(`${world.webmail}/compose`);
    await sound(page, `draft, ${lang}`);
    clean(who, `the pages in ${lang}`);
  }
}
