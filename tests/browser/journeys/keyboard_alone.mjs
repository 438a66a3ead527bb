// Keys alone: nothing is clicked, what has the focus shows it.

import { demand, person } from "../house.mjs";
import { clean, reach, visible } from "../steps.mjs";

export async function play(running, world) {
  const who = await person(running, { origins: [world.webmail], lang: "fr" });
  const { page } = who;
  await page.goto(`${world.webmail}/sign-in`);
  await reach(page, "#name");
  await page.keyboard.type("accueil");
  await reach(page, "#password");
  await page.keyboard.type(world.password);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/f\//);
  // The first stop on every page skips what is the same on all of them.
  await page.keyboard.press("Tab");
  demand(await page.evaluate(() => document.activeElement.matches("a.skip")), "the first stop is not the way past the menu");
  await page.keyboard.press("Enter");
  await reach(page, ".rows .row a");
  await visible(page);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/m\/\d+/);
  await reach(page, "a[href*='/compose?reply=']");
  await visible(page);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/draft\/\d+/);
  await reach(page, "#text");
  await page.keyboard.type("Bonjour, nous confirmons. ");
  await reach(page, "button[data-send]", "Shift+Tab");
  await visible(page);
  await page.keyboard.press("Enter");
  await page.locator("a.primary[href='/']").waitFor();
  clean(who, "keys alone");
}
