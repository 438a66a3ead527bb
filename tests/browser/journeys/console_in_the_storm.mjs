// A planned switch is made from the console in French; then every page of the run, and what is refused while it goes on.

import { demand, glance, person, sound, until } from "../house.mjs";
import { clean, signIn } from "../steps.mjs";

const PAGES = ["/run", "/run/fence", "/run/tell", "/run/clean-point", "/run/abort", "/failback", "/failback?full=1", "/failback/finish", "/start", "/runs", "/"];
const START = "main form[action$='/start'] button.danger";

export async function play(running, world) {
  const who = await person(running, { origins: [world.webmail, world.console], lang: "fr" });
  const { page } = who;
  const at = (path) => page.goto(`${world.console}${path}`);
  await signIn(page, world.console, world.admins[0], world.password);
  // Two windows are led to the same button, and both press it.
  const other = await who.window.newPage();
  await wizard(other, world);
  await wizard(page, world);
  await page.click(START);
  await page.waitForURL(/\/run/);
  await at("/run/abort");
  await sound(page, "console, abort in time");
  await until("the switch to be made", async () => {
    await at("/");
    return page.locator("section.state.active").count();
  });
  for (const path of PAGES) {
    await at(path);
    await sound(page, `console ${path}, active, fr`);
  }
  await at("/runs");
  await page.locator("main th a[href^='/runs/']").first().click();
  await page.waitForURL(/\/runs\/./);
  await sound(page, "console, one run");
  await other.click(START);
  await other.waitForURL(/\/run$/);
  await other.close();
  // Nothing to finish yet: the page says why, and leads back.
  await at("/failback/finish");
  await page.fill("#organisation", world.organisation);
  await page.click("main form[action='/failback/finish'] button.danger");
  await page.locator("main > .wrong[role=alert]").waitFor();
  await sound(page, "console, an order refused");
  await unfinished(page, at);
  for (const lang of ["de", "en"]) {
    await at("/");
    await page.click(`form.languages button[value=${lang}]`);
    for (const path of PAGES) {
      await at(path);
      demand((await page.getAttribute("html", "lang")) === lang, `${path} is not in ${lang}`);
      await glance(page, `console ${path}, active, ${lang}`);
    }
  }
  clean(who, "the console in the storm", { "409 /failback/finish": 1, "422 /run/confirm": 1, "422 /failback/start": 1 });
}

async function wizard(page, world) {
  await page.goto(`${world.console}/failover/planned`);
  await page.fill("#reason", "Déménagement de la salle des machines");
  await page.click("main form[action$='/findings'] button.primary");
  await page.locator("main form[action$='/confirm']").waitFor();
  if (await page.locator("#despite").count()) await page.fill("#despite", "Nous le savons");
  await page.click("main form[action$='/confirm'] button.primary");
  await page.locator("#organisation").waitFor();
  await page.fill("#organisation", world.organisation);
}

/** Checklists that were not ticked to their end, a failback under a wrong name. */
async function unfinished(page, at) {
  await at("/run/fence");
  await page.locator("main form").first().evaluate((form) => (form.noValidate = true));
  await page.click("main form[action='/run/confirm'] button.primary");
  await page.locator("main .wrong[role=alert]").waitFor();
  await sound(page, "console, a checklist that is not done");
  await at("/failback");
  for (const box of await page.locator("fieldset input[type=checkbox]").all()) await box.check();
  await page.fill("#organisation", "ailleurs");
  await page.click("main form[action='/failback/start'] button.danger");
  await page.locator("main .wrong[role=alert]").waitFor();
  await sound(page, "console, failback under a wrong name");
}
