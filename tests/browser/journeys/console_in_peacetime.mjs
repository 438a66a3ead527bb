// The console while nothing is wrong, in French and then in German: every page, what is found and what is not, what is
// refused; and the way to a planned switch, up to the button.

import { demand, glance, person, sound } from "../house.mjs";
import { clean, signIn, strip } from "../steps.mjs";

const PAGES = ["/", "/start", "/drill", "/run", "/failback", "/people", "/sync", "/queue", "/keys", "/audit", "/runs", "/account", "/counter"];

export async function play(running, world) {
  const origins = [world.webmail, world.console];
  const who = await person(running, { origins, lang: "fr" });
  const { page } = who;
  const at = (path) => page.goto(`${world.console}${path}`);
  await at("/sign-in");
  await sound(page, "console, sign-in");
  await at("/welcome");
  await sound(page, "console, enrolment");
  await signIn(page, world.console, world.admins[0], world.password);
  await looked(page, at);
  await refused(page, at);
  await people(running, page, world, at);
  await planned(page, at, world);
  await tongues(page, at);
  clean(who, "the console in peacetime", {
    "404 /nowhere": 1, "404 /person/N": 1, "404 /runs/N": 1, "409 /check": 1, "401 /check": 1, "422 /failover/planned/findings": 1,
    "422 /failover/planned/start": 1, "409 /failover/planned/start": 1,
  });
}

async function looked(page, at) {
  for (const path of PAGES) {
    await at(path);
    await sound(page, `console ${path}, standby, fr`);
  }
  await at("/");
  await page.click("form[action='/check'] button");
  await page.locator("main .hint").first().waitFor();
  await sound(page, "console, looked at");
  await at("/drill");
  await page.click("main form[action='/drill'] button");
  await page.locator("main table").waitFor();
  await sound(page, "console, drill, result");
  await at("/audit");
  await page.click("form[action='/audit/verify'] button");
  await page.locator("main [role=status]").first().waitFor();
  await sound(page, "console, audit verified");
}

/** What is not there, and forms that come too late. */
async function refused(page, at) {
  for (const path of ["/nowhere", "/person/99999999", "/runs/99999999"]) {
    await at(path);
    await sound(page, `console ${path}`);
  }
  await at("/");
  await page.locator("form[action='/check'] input[name=token]").evaluate((field) => (field.value = "stale"));
  await page.click("form[action='/check'] button");
  await page.locator("main [role=alert]").waitFor();
  await sound(page, "console, a stale form");
  await page.click("main form button.primary");
  await page.waitForURL((url) => url.pathname === "/");
  const { cookies, back } = await strip(page);
  await page.click("form[action='/check'] button");
  await page.locator("main a[href='/sign-in']").waitFor();
  await sound(page, "console, signed out meanwhile");
  await back(cookies);
}

async function people(running, page, world, at) {
  const staff = await person(running, { origins: [world.webmail], lang: "fr" });
  await signIn(staff.page, world.webmail, world.person, world.password);
  await staff.page.goto(world.webmail);
  await sound(staff.page, "standby, signed in");
  clean(staff, "somebody in standby", { "503 /": 1 });
  for (const path of ["/people?q=zzzz", "/people?cannot=1", "/counter?q=zzzz", `/counter?q=${world.person}`]) {
    await at(path);
    await sound(page, `console ${path}`);
  }
  await at(`/people?q=${world.person}`);
  await page.locator("main table a[href^='/person/']").first().click();
  await page.waitForURL(/\/person\//);
  await sound(page, "console, a person with a session");
  await page.click("main form[action$='/sessions'] button");
  await page.locator("main .done").waitFor();
  await sound(page, "console, a person without a session");
  await at("/people");
  for (const box of (await page.locator("main td input[type=checkbox]").all()).slice(0, 3)) await box.check();
  await page.click("form[action='/people/slips'] button");
  await page.locator(".slip").first().waitFor();
  demand((await page.locator(".slip").count()) === 3, "not a slip for each of three");
  await sound(page, "console, three slips");
}

async function planned(page, at, world) {
  const type = async (fields, button) => {
    for (const [id, value] of Object.entries(fields)) await page.fill(`#${id}`, value);
    // What the browser itself would not let go.
    await page.locator("main form").first().evaluate((form) => (form.noValidate = true));
    await page.click(button);
  };
  await at("/failover/planned");
  await sound(page, "console, planned, reason");
  await type({ reason: "non" }, "main form[action$='/findings'] button.primary");
  await page.locator("#wrong").waitFor();
  await sound(page, "console, planned, no reason");
  await type({ reason: "Exercice annoncé \"à tous\" 🙂 مرحبا" }, "main form[action$='/findings'] button.primary");
  await page.locator("main form[action$='/confirm']").waitFor();
  await sound(page, "console, planned, findings");
  if (await page.locator("#despite").count()) await page.fill("#despite", "Nous le savons");
  await page.click("main form[action$='/confirm'] button.primary");
  await page.locator("#organisation").waitFor();
  await sound(page, "console, planned, confirm");
  await type({ organisation: "ailleurs" }, "main form[action$='/start'] button.danger");
  await page.locator("#wrong").waitFor();
  await sound(page, "console, planned, wrong name");
  await page.fill("#organisation", world.organisation);
  await page.locator("main form[action$='/start'] input[name=token]").evaluate((field) => (field.value = "stale"));
  await page.click("main form[action$='/start'] button.danger");
  await page.locator("main [role=alert]").waitFor();
  await sound(page, "console, planned, stale");
  demand((await page.locator("pre.kept").allTextContents()).some((text) => text.includes("🙂 مرحبا")), "the reason is lost");
}

/** The main pages in the other languages. */
async function tongues(page, at) {
  for (const lang of ["de", "en"]) {
    await at("/");
    await page.click(`form.languages button[value=${lang}]`);
    for (const path of [...PAGES, "/failover/planned", "/failover/emergency"]) {
      await at(path);
      demand((await page.getAttribute("html", "lang")) === lang, `${path} is not in ${lang}`);
      await glance(page, `console ${path}, ${lang}`);
    }
  }
}
