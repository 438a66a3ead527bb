// An admin without a mouse: to the door of a switch, to a slip at the counter, and to the audit. What has the focus shows it.

import { PHONE, demand, fits, person } from "../house.mjs";
import { clean, reach, visible } from "../steps.mjs";

export async function play(running, world) {
  const who = await person(running, { origins: [world.console], lang: "de" });
  const { page } = who;
  const keys = page.keyboard;
  const to = async (selector, key) => {
    await reach(page, selector, key);
    await visible(page);
  };
  const follow = async (selector, path) => {
    await to(selector);
    await keys.press("Enter");
    await page.waitForURL(path);
  };
  await page.goto(`${world.console}/sign-in`);
  await reach(page, "#name");
  await keys.type(world.admins[0]);
  await reach(page, "#password");
  await keys.type(world.password);
  await keys.press("Enter");
  await page.waitForURL((url) => url.pathname === "/");
  await keys.press("Tab");
  demand(await page.evaluate(() => document.activeElement.matches("a.skip")), "the first stop is not the way past the menu");
  await keys.press("Enter");

  await follow("main a[href='/start']", /\/start/);
  await follow("a[href='/failover/emergency']", /emergency/);
  await to("#reason");
  await keys.type("Vor unseren Augen wird gelöscht");
  // Arrows choose among what is offered.
  await to("input[name=clean]");
  for (let step = 0; step < 10 && !(await page.isChecked("input[name=clean][value=unknown]")); step += 1) await keys.press("ArrowUp");
  await to("main form[action$='/findings'] button.primary");
  await keys.press("Enter");
  await page.locator("main form[action$='/confirm']").waitFor();
  if (await page.locator("#despite").count()) {
    await to("#despite");
    await keys.type("Keine Zeit");
  }
  await to("main form[action$='/confirm'] button.primary");
  await keys.press("Enter");
  await page.waitForURL(/confirm/);
  await to("#organisation");
  await to("main form[action$='/start'] button.danger");
  await page.setViewportSize(PHONE);
  await fits(page, "confirm, by keys");

  await page.goto(`${world.console}/counter`);
  await reach(page, "#q");
  await keys.type(world.person);
  await keys.press("Enter");
  await page.waitForURL(/q=/);
  await to("form[action$='/slip'] button");
  await keys.press("Enter");
  await page.locator(".slip .code").waitFor();
  await follow("nav.menu a[href='/audit']", /\/audit/);
  // A table that is wider than the window is walked through, too.
  await to("main .scroll");
  clean(who, "the console by keys");
}
