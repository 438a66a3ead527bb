// Somebody of the staff sees every page and state that the other journeys pass by: every sort of message, folders, what is
// deleted for ever, what is not there, forms that come too late, a second factor on the way.

import { glance, person, sound, until } from "../house.mjs";
import { attach, clean, open, reply, send, signIn, strip, totp } from "../steps.mjs";

export async function play(running, world) {
  const who = await person(running, { origins: [world.webmail], lang: "de" });
  const { page } = who;
  const at = (path) => page.goto(`${world.webmail}${path}`);
  await until("the mailbox to open", async () => {
    await signIn(page, world.webmail, "accueil", world.password);
    return page.locator(".rows .row").count();
  });
  await sound(page, "inbox, de");
  await messages(page, at);
  await folders(page, at);
  await writing(page, at);
  await refused(page, at, world);
  await account(page, at, world);
  clean(who, "the staff's pages", {
    "503 /": [0, 60], "404 /nowhere": 1, "404 /f/N/m/N": 1, "404 /draft/N": 1, "401 /folders": 1, "409 /folders": 1,
    "409 /f/N/act": 1, "413 /folders": 1, "403 /folders": 1, "401 /sign-in": 1,
  });
}

async function messages(page, at) {
  for (const subject of ["Invitation", "Vigilance orange", "Devis", "Chauffage en panne"]) {
    await at("/");
    await open(page, subject);
    await sound(page, `message ${subject}`);
    const here = new URL(page.url()).pathname;
    await at(`${here}?view=text`);
    await glance(page, `message ${subject}, words only`);
    await printed(page, `${here}/print`);
  }
  for (const path of ["/search", "/search?q=Rathaus", "/search?q=zzzz", "/search?q=from:Brandt&attachment=1"]) {
    await at(path);
    await sound(page, path);
  }
  for (const path of ["/contacts", "/contacts?kind=people", "/contacts?kind=groups", "/contacts?q=zzzz"]) {
    await at(path);
    await sound(page, path);
  }
}

/** The page to be printed lets no script run, not even axe: it is asked where its words are the same and scripts may run. */
async function printed(page, path) {
  const answer = await page.request.get(new URL(path, page.url()).href, { headers: { "accept-language": "de" } });
  const sheet = await page.context().newPage();
  await sheet.setContent(await answer.text());
  await glance(sheet, path);
  await sheet.close();
}

/** A folder is made, a letter moved into it, back, deleted, and deleted for ever. */
async function folders(page, at) {
  await at("/folders");
  await sound(page, "all folders");
  await page.locator("nav.folders details.make summary").click();
  await page.fill("nav.folders input[name=name]", "Zum \"Ablegen\" 🙂 אבג");
  await page.locator("nav.folders form[action='/folders'] button").click();
  await page.locator("h2.heading", { hasText: "🙂 אבג" }).waitFor();
  await sound(page, "an empty folder with an odd name");
  await at("/");
  await page.locator(".rows input[type=checkbox]").nth(3).check();
  await page.selectOption("#act select[name=to]", { label: "Zum \"Ablegen\" 🙂 אבג" });
  await page.click("#act button[value=move]");
  await page.locator(".done button[value=move]").waitFor();
  await sound(page, "moved, with the way back");
  await page.click(".done button[value=move]");
  await page.locator(".done").waitFor();
  await page.locator(".rows input[type=checkbox]").nth(3).check();
  await page.click("#act button[value=delete]");
  await page.locator(".done button[value=move]").waitFor();
  await page.locator("nav.folders a:has(use[href$='#trash'])").click();
  await page.locator(".rows input[type=checkbox]").first().check();
  await page.click("#act button[value=delete]");
  await page.locator("button[value=expunge]").waitFor();
  await sound(page, "asked before it is gone for ever");
  await page.click("button[value=expunge]");
  await page.locator(".done").waitFor();
  await sound(page, "gone for ever");
}

async function writing(page, at) {
  await at("/");
  await open(page, "Vigilance orange");
  await reply(page, "forward");
  await sound(page, "forward");
  await page.fill("#to", "nobody at all");
  await page.fill("#subject", "Für \"Leoni\" 🙂 مرحبا");
  await page.click("form.compose button[data-send]");
  await page.locator("#wrong").waitFor();
  await sound(page, "draft to nobody");
  const draft = new URL(page.url()).pathname;
  await at(`${draft}/attach`);
  await sound(page, "a page that takes files");
  await at("/drafts");
  await sound(page, "drafts");
  await at(draft);
  await page.fill("#to", "maire");
  await page.click("form.compose button[formaction$='/names']");
  await page.waitForURL(/names=1/);
  await sound(page, "names made addresses");
  await attach(page, "\"Plan\" 🙂 אבג.txt", "plan\n");
  await send(page);
  await sound(page, "sent");
  // A group in the field: who is meant.
  await at("/contacts?kind=groups");
  await page.locator("table.contacts td a").first().click();
  await page.waitForURL(/\/draft\//);
  await page.click("form.compose button[formaction$='/names']");
  await page.waitForURL(/names=1/);
  await sound(page, "a group as recipient");
}

/** What is not there, is not ours, comes too late, or is too much. */
async function refused(page, at, world) {
  for (const path of ["/nowhere", "/f/1/m/999999", "/draft/999999"]) {
    await at(path);
    await sound(page, path);
  }
  const form = "nav.folders form[action='/folders']";
  const make = async (name, spoil) => {
    await at("/folders");
    await page.locator("nav.folders details.make summary").click();
    await page.locator(`${form} input[name=name]`).evaluate((field, text) => {
      field.removeAttribute("maxlength");
      field.value = text;
    }, name);
    const undo = await spoil?.();
    await page.locator(form).evaluate((one) => one.submit());
    await page.locator("main [role=alert]").waitFor();
    return undo;
  };
  const cut = await make("Ein Name, der nicht verloren geht", () => strip(page));
  await sound(page, "signed out meanwhile");
  await cut.back(cut.cookies);
  await make("Ein Name, der nicht verloren geht", () => page.locator(`${form} input[name=token]`).evaluate((field) => (field.value = "stale")));
  await sound(page, "a stale form");
  await make("x".repeat(2_200_000));
  await sound(page, "a form that is too large");
  await at("/");
  await page.locator("#act").evaluate((one) => {
    for (const [name, value] of [["act", "nonsense"], ["uid", "1"]]) {
      one.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    }
    one.submit();
  });
  await page.locator("main [role=alert]").waitFor();
  await sound(page, "an act that there is not");
  await page.goto(`data:text/html,<form method="post" action="${world.webmail}/folders"><button>Win</button></form>`);
  await page.click("button");
  await page.locator("main [role=alert]").waitFor();
  await sound(page, "a form of another site");
}

async function account(page, at, world) {
  await at("/account");
  await sound(page, "account, de");
  await page.fill("#app-label", "Telefon \"privat\" 🙂");
  await page.click("form[action='/account/apps'] button");
  await page.locator(".secret").waitFor();
  await sound(page, "app password, de");
  await at("/account/second");
  await sound(page, "second factor offered, de");
  await at("/account/totp");
  await sound(page, "authenticator app, de");
  await page.fill("#code", totp((await page.textContent(".secret")).replaceAll(" ", "")));
  await page.click("main form[action='/account/totp'] button.primary");
  await page.locator("ol.sheet").waitFor();
  await sound(page, "recovery codes, de");
  await at("/account");
  await sound(page, "account with a second factor, de");
  await page.click("form[action='/sign-out'] button");
  await page.waitForURL(/\/sign-in/);
  await sound(page, "signed out");
  await at("/sign-in?why=locked");
  await sound(page, "locked");
  await page.fill("#name", "accueil");
  await page.fill("#password", "nicht das Kennwort");
  await page.click("main form[action='/sign-in'] button.primary");
  await page.locator("#wrong").waitFor();
  await page.fill("#password", world.password);
  await page.click("main form[action='/sign-in'] button.primary");
  await page.locator("#code").waitFor();
  await sound(page, "second step, de");
}
