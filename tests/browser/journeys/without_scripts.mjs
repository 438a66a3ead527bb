// The same without a script, in German. axe asks the same pages elsewhere: it is a script itself.

import { PHONE, demand, fits, person } from "../house.mjs";
import { attach, clean, open, reply, send, signIn } from "../steps.mjs";

export async function play(running, world) {
  const who = await person(running, { origins: [world.webmail], lang: "de", scripts: false });
  const { page } = who;
  await signIn(page, world.webmail, "maire", world.password);
  demand((await page.getAttribute("html", "lang")) === "de", "the pages are not in German");
  await page.locator(".rows .row input[type=checkbox]").first().check();
  await page.locator("#act button[value=flag]").click();
  await page.locator(".rows .row .flagged").first().waitFor();
  await open(page, "Grußwort");
  await reply(page);
  await page.fill("#text", "Sehr gern, drei Minuten am Samstag.");
  await attach(page, "plan.txt", "Samstag\n");
  await page.setViewportSize(PHONE);
  await fits(page, "draft, no script");
  await send(page);
  clean(who, "without scripts");
}
