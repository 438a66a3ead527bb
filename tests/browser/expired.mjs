// Somebody comes with a code that was kept for too long: told so in their language, with what they typed still there.
//
//   node expired.mjs PLAN.json      { origin, name, code, said: [{ lang, says }] }

import { readFile } from "node:fs/promises";
import { browser, demand, faults, person, sound } from "./house.mjs";
import { clean } from "./steps.mjs";

const PASSWORD = "quatre trombones bleus";

const { origin, name, code, said } = JSON.parse(await readFile(process.argv[2], "utf8"));
const { running, close } = await browser();
for (const { lang, says } of said) {
  const who = await person(running, { origins: [origin], lang });
  const { page } = who;
  await page.goto(`${origin}/welcome`);
  for (const [id, value] of Object.entries({ name, code, password: PASSWORD, repeat: PASSWORD })) await page.fill(`#${id}`, value);
  await page.click("main form[action='/welcome'] button.primary");
  await page.locator("#wrong").waitFor();
  demand((await page.textContent("#wrong")) === says, `${lang}: ${await page.textContent("#wrong")}`);
  demand((await page.getAttribute("html", "lang")) === lang, `the page is not in ${lang}`);
  demand((await page.inputValue("#name")) === name && (await page.inputValue("#code")) === code, "what was typed is gone");
  await sound(page, `an expired code, ${lang}`);
  clean(who, "an expired code", { "409 /welcome": 1 });
}
await close();
const found = faults();
demand(found.length === 0, found.join("; "));
console.log(`an expired code is said in ${said.length} languages`);
