// The whole story by hand: somebody enrols at the counter in peacetime; the primary is attacked; an admin fails over
// from the console; staff read, find and answer with an attachment; two admins fail back. Every page is asked by axe.

import { demand, person, sound, until } from "../house.mjs";
import { arrives, attach, attacked, clean, open, reply, send, signIn, takeOver } from "../steps.mjs";

const CHOSEN = "quatre trombones bleus";

export async function play(running, world) {
  const origins = [world.webmail, world.console, world.stage].filter(Boolean);
  const admin = await person(running, { origins, lang: "en" });
  await enter(admin.page, world, 0);
  await lookAround(admin.page, world);
  const staff = await person(running, { origins, lang: "en" });
  await enrol(admin.page, staff.page, world);
  await attacked(running, world, origins);
  await failOver(admin.page, world);
  await work(staff.page, world);
  const second = await person(running, { origins, lang: "fr" });
  await failBack(admin.page, second.page, world);
  clean(admin, "the admin", { "422 /failover/emergency/start": 1 });
  // In standby there is no mail to show; after the switch the mailbox takes its time.
  clean(staff, "the staff", { "503 /": [1, 60] });
  clean(second, "the second admin");
}

/** An admin signs in, or enrols with the code that `relais admin add` printed. */
async function enter(page, world, number) {
  const code = world.codes?.[number];
  if (!code) return signIn(page, world.console, world.admins[number], world.password);
  await page.goto(`${world.console}/welcome`);
  await welcome(page, world.admins[number], code);
}

async function welcome(page, name, code) {
  await page.fill("#name", name);
  await page.fill("#code", code);
  await page.fill("#password", CHOSEN);
  await page.fill("#repeat", CHOSEN);
  await page.click("main form[action='/welcome'] button.primary");
  await page.waitForURL(/\/account/);
}

async function lookAround(page, world) {
  for (const path of ["/", "/start", "/drill", "/run", "/failback", "/people", "/sync", "/queue", "/keys", "/audit", "/runs", "/account"]) {
    await page.goto(`${world.console}${path}`);
    await sound(page, `console ${path}, standby`);
  }
}

async function enrol(admin, staff, world) {
  await admin.goto(`${world.console}/counter?q=${world.person}`);
  await sound(admin, "console /counter");
  await admin.locator("form[action$='/slip'] button").first().click();
  const code = (await admin.locator(".slip .code").first().textContent()).trim();
  await sound(admin, "console, slip");
  await staff.goto(`${world.webmail}/welcome`);
  await sound(staff, "welcome");
  await welcome(staff, world.person, code);
  await sound(staff, "account, second factor");
  await staff.goto(`${world.webmail}/`);
  await sound(staff, "standby");
  demand((await staff.locator(".rows .row").count()) === 0, "standby shows mail");
}

async function failOver(page, world) {
  await takeOver(page, world, sound);
  await sound(page, "console, run");
  await page.goto(`${world.console}/`);
  await sound(page, "console /, active");
  for (const path of ["/run/fence", "/run/tell", "/run/clean-point", "/run/abort", "/failback"]) {
    await page.goto(`${world.console}${path}`);
    await sound(page, `console ${path}, active`);
  }
}

async function work(page, world) {
  await until("the mailbox to open", async () => {
    await signIn(page, world.webmail, world.person, CHOSEN);
    return (await page.locator(".rows .row").count()) > 0;
  });
  await sound(page, "inbox after the switch");
  await page.fill("#q", world.word);
  await page.press("#q", "Enter");
  await page.waitForURL(/\/search/);
  demand((await page.locator(".rows .row").count()) > 0, `${world.word} is not found`);
  await page.goto(`${world.webmail}/compose`);
  await page.fill("#to", world.partner);
  await page.fill("#subject", "Liste des chambres");
  await page.fill("#text", "Bonjour, la liste est jointe.");
  await attach(page, "chambres.txt", "quatre familles\n");
  await send(page);
  if (!world.stage) return;
  await arrives(page, world.webmail, "Re: Liste des chambres");
  await open(page, "Re: Liste des chambres");
  await reply(page, "all");
  await page.goto(`${world.webmail}/`);
}

async function failBack(page, second, world) {
  await page.goto(`${world.console}/failback`);
  await sound(page, "console, failback");
  for (const box of await page.locator("fieldset input[type=checkbox]").all()) await box.check();
  await page.fill("#organisation", world.organisation);
  await page.locator("main form[action='/failback/start'] button.danger").click();
  await page.waitForURL(/\/run/);
  await enter(second, world, 1);
  await second.goto(`${world.console}/run`);
  const sign = second.locator("form[action='/run/approve'] button");
  if (await sign.count()) {
    await sound(second, "console, second signature");
    await sign.click();
  }
  // An open run page goes on asking, and is no longer let in once the failback has ended every session.
  await second.close();
  await until("everything to be back", async () => {
    await page.goto(`${world.console}/run`);
    return (await page.locator("a[href='/failback/finish']").count()) > 0;
  });
  await sound(page, "console, run of the failback");
  await page.goto(`${world.console}/failback/finish`);
  await sound(page, "console, finish");
  await page.fill("#organisation", world.organisation);
  await page.locator("main form[action='/failback/finish'] button.danger").click();
  await until("standby", async () => {
    await page.goto(`${world.console}/`);
    // Going back ends every session, the admins' too.
    if (new URL(page.url()).pathname === "/sign-in") {
      await signIn(page, world.console, world.admins[0], world.codes ? CHOSEN : world.password);
      await page.goto(`${world.console}/`);
    }
    return (await page.locator("a.primary[href='/start']").count()) > 0;
  });
  await sound(page, "console /, after the failback");
}
