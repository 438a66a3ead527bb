// People whose names hold quotes, markup, pictures and another direction of writing: at the console, in a list, a reader,
// a field. And what was not yet opened by anybody else: the marked folder, names offered after three letters, a forward.

import { readFile, rename, writeFile } from "node:fs/promises";
import { demand, person, sound, until } from "../house.mjs";
import { arrives, attacked, clean, open, reply, send, signIn, takeOver } from "../steps.mjs";

const QUOTED = { name: "Zoé \"Zo\" O'Brien-<b>Müller</b>", login: "permis" };
const PICTURE = { name: "🧯 Pompiers 🙂", login: "espaces-verts" };
const ARABIC = { name: "يوسف حداد", login: "s.benali" };
const SUBJECT = "Dossier \"Hôtel\" <i>&amp;</i> 🙂 مرحبا";
const CHOSEN = "quatre trombones bleus";

export async function play(running, world) {
  const origins = [world.webmail, world.console, world.stage];
  const admin = await person(running, { origins, lang: "fr" });
  const theirs = await person(running, { origins, lang: "fr" });
  const staff = await person(running, { origins, lang: "fr" });
  await hired(world);
  await signIn(admin.page, world.console, world.admins[0], world.password);
  await listed(admin.page, world);
  await enrolled(admin.page, theirs.page, world);
  await attacked(running, world, origins);
  await takeOver(admin.page, world);
  await until("the mailbox to open", async () => {
    await signIn(staff.page, world.webmail, "accueil", world.password);
    return staff.page.locator(".rows .row").count();
  });
  await marked(staff.page);
  await written(staff.page, world);
  await answered(theirs.page, staff.page, world);
  await forwarded(staff.page, theirs.page, world);
  clean(admin, "the console with odd names", { "422 /failover/emergency/start": 1 });
  clean(theirs, "somebody with an odd name", { "503 /": [0, 60] });
  clean(staff, "odd names", { "503 /": [0, 60] });
}

/** Three colleagues are called otherwise in the primary's directory. */
async function hired({ people }) {
  const quoted = (text) => `"${text.replaceAll("\"", "\"\"")}"`;
  let all = await readFile(people, "utf8");
  for (const { name, login } of [QUOTED, PICTURE, ARABIC]) {
    const row = new RegExp(`^"person","[^"]*","${login}@`, "m");
    demand(row.test(all), `nobody is called ${login}`);
    all = all.replace(row, `"person",${quoted(name)},"${login}@`);
  }
  await writeFile(`${people}.next`, all);
  await rename(`${people}.next`, people);
}

async function listed(page, world) {
  for (const { name, login } of [QUOTED, PICTURE, ARABIC]) {
    const row = page.locator("main tbody tr", { hasText: `${login}@` });
    await until(`${name} at the console`, async () => {
      await page.goto(`${world.console}/people?q=${login}`);
      return (await row.locator("th a").textContent()) === name;
    });
    await row.locator("th a").click();
    await page.waitForURL(/\/person\//);
    demand((await page.textContent("h1")) === name, `the console calls ${name} ${await page.textContent("h1")}`);
    await sound(page, `console, ${name}`);
  }
}

async function enrolled(admin, page, world) {
  await admin.goto(`${world.console}/counter?q=${ARABIC.login}`);
  await admin.locator("form[action$='/slip'] button").first().click();
  const code = (await admin.locator(".slip .code").first().textContent()).trim();
  await sound(admin, "console, a slip with an odd name");
  await page.goto(`${world.webmail}/welcome`);
  for (const [id, value] of Object.entries({ name: ARABIC.login, code, password: CHOSEN, repeat: CHOSEN })) await page.fill(`#${id}`, value);
  await page.click("main form[action='/welcome'] button.primary");
  await page.waitForURL(/\/account/);
  demand((await page.textContent("nav.mine .name")) === ARABIC.name, "who is signed in is called otherwise");
}

/** What came after the clean point is to be read, under a warning. */
async function marked(page) {
  await page.locator("nav.folders a:has(use[href$='#marked'])").click();
  await page.locator("form.list p.warning").waitFor();
  await sound(page, "the marked folder");
  await open(page, "changement de RIB");
  await page.locator(".letter-head p.warning").first().waitFor();
  await sound(page, "a message of the marked folder");
}

/** Names are offered after three letters, and not before; chosen by keys. */
async function written(page, world) {
  await page.goto(`${world.webmail}/compose`);
  const offers = page.locator("#to-offers:not([hidden]) [role=option]");
  for (const { name, typed } of [{ ...QUOTED, typed: "Zoé" }, { ...ARABIC, typed: "يوس" }, { ...PICTURE, typed: "Pom" }]) {
    await page.locator("#to").focus();
    await page.keyboard.press("End");
    const asked = [];
    const note = (request) => request.url().includes("/contacts/complete") && asked.push(request.url());
    page.on("request", note);
    await page.keyboard.type(typed.slice(0, 2));
    await page.locator("#to").evaluate(() => new Promise((done) => setTimeout(done, 400)));
    demand(asked.length === 0 && (await offers.count()) === 0, `names are offered for ${typed.slice(0, 2)}`);
    await page.keyboard.type(typed.slice(2));
    await offers.filter({ hasText: name }).first().waitFor();
    page.off("request", note);
    if (name === QUOTED.name) await sound(page, "names offered");
    const all = await offers.allTextContents();
    for (let at = 0; at <= all.findIndex((text) => text.includes(name)); at += 1) await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
  }
  const to = await page.inputValue("#to");
  for (const { login } of [QUOTED, ARABIC, PICTURE]) demand(to.includes(`<${login}@mairie.test>`), `${login} is not in ${to}`);
  await page.fill("#subject", SUBJECT);
  await page.fill("#text", "Bonjour à tous,\n\nשלום 🙂 \"bien\" <b>reçu</b>");
  await sound(page, "a letter to odd names");
  await send(page);
}

async function answered(theirs, staff, world) {
  await until("the mailbox to open", async () => {
    await signIn(theirs, world.webmail, ARABIC.login, CHOSEN);
    return theirs.locator(".rows .row").count();
  });
  await arrives(theirs, world.webmail, SUBJECT);
  await open(theirs, SUBJECT);
  demand((await theirs.textContent("#subject")) === SUBJECT, "the subject reads otherwise");
  const names = await theirs.locator(".people bdi.name").allTextContents();
  for (const { name } of [QUOTED, ARABIC, PICTURE]) demand(names.includes(name), `${name} is not among ${names.join(" | ")}`);
  demand((await theirs.textContent("article")).includes("\"bien\" <b>reçu</b>"), "the words read otherwise");
  await sound(theirs, "a message with odd names");
  await reply(theirs, "all");
  await sound(theirs, "an answer to odd names");
  await send(theirs);
  await arrives(staff, world.webmail, `Re: ${SUBJECT}`);
  const row = staff.locator(".rows .row", { hasText: `Re: ${SUBJECT}` }).first();
  demand((await row.locator(".from").textContent()) === ARABIC.name, `from ${await row.locator(".from").textContent()}`);
  await sound(staff, "a list with odd names");
}

async function forwarded(staff, theirs, world) {
  await staff.goto(world.webmail);
  await open(staff, "Devis n°");
  await reply(staff, "forward");
  await staff.locator(".files", { hasText: "devis-2214.pdf" }).waitFor();
  await staff.fill("#to", `${ARABIC.login}@mairie.test`);
  await send(staff);
  await arrives(theirs, world.webmail, "Devis n°");
  await open(theirs, "Devis n°");
  await theirs.locator("section.files", { hasText: "devis-2214.pdf" }).waitFor();
}
