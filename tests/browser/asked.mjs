// Asks pages that a house was set up to show: each in full in the first language, then in the others.
//
//   node asked.mjs PLAN.json      { origin, cookie, langs, paths }

import { readFile } from "node:fs/promises";
import { asked, browser, demand, faults, glance, person, sound } from "./house.mjs";
import { clean } from "./steps.mjs";

const { origin, cookie, langs, paths } = JSON.parse(await readFile(process.argv[2], "utf8"));
const { running, close } = await browser();
for (const lang of langs) {
  const who = await person(running, { origins: [origin], lang });
  const [name, value] = cookie.split("=");
  await who.window.addCookies([{ name, value, url: origin }]);
  for (const path of paths) {
    await who.page.goto(`${origin}${path}`);
    demand(new URL(who.page.url()).pathname === path, `${path} leads to ${who.page.url()}`);
    demand((await who.page.getAttribute("html", "lang")) === lang, `${path} is not in ${lang}`);
    await (lang === langs[0] ? sound : glance)(who.page, `${path}, ${lang}`);
  }
  clean(who, `the pages in ${lang}`);
}
await close();
const found = faults();
demand(found.length === 0, found.join("\n"));
console.log(`${asked()} pages and states asked by axe`);
