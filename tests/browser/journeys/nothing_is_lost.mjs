// What was typed outlives stale tabs, ended sessions, impatient fingers, files that are too large and a locked screen; and
// whoever typed it is told so in their language.

import { rm, truncate, writeFile } from "node:fs/promises";
import { demand, person, sound, until } from "../house.mjs";
import { clean, signIn } from "../steps.mjs";

const TEXT = "Madame, Monsieur,\n\nvoici \"les chambres\" 🙂 שלום, comme convenu.";
const LARGE_BYTES = 100 * 1024 * 1024;

export async function play(running, world) {
  const come = async (more = {}) => {
    const who = await person(running, { origins: [world.webmail, world.console], lang: "fr", ...more });
    await until("the mailbox to open", async () => {
      await signIn(who.page, world.webmail, "accueil", world.password);
      return who.page.locator(".rows .row").count();
    });
    return who;
  };
  await staleTab(await come(), world);
  await staleForm(await come({ scripts: false }), world);
  await pressedTwice(await come({ scripts: false }), world);
  await tooLarge(await come(), world);
  await revoked(await come(), await come(), world);
  await endedByAdmin(running, await come(), world);
  await locked(running, world);
}

/** A letter that somebody begins. */
async function write(page, world, subject) {
  await page.goto(`${world.webmail}/compose`);
  await page.fill("#to", "maire@mairie.test");
  await page.fill("#subject", subject);
  await page.fill("#text", TEXT);
}

async function again(page, world) {
  await page.goto(world.webmail);
  await page.click("form[action='/sign-out'] button");
  await page.waitForURL(/\/sign-in/);
  await signIn(page, world.webmail, "accueil", world.password);
}

/** How many messages lie in Sent Items under this subject. */
async function sent(page, world, subject) {
  await page.goto(world.webmail);
  await page.locator("nav.folders a:has(use[href$='#sent'])").click();
  await page.waitForURL(/\/f\/\d+/);
  return page.locator(".rows .row", { hasText: subject }).count();
}

/** The page that keeps what was typed, until it could be sent. */
async function goOn(page) {
  const kept = page.locator("main form textarea.unseen");
  for (let times = 0; (await kept.count()) > 0; times += 1) {
    demand(times < 3, "the page that keeps everything asks for ever");
    await page.click("main form button.primary");
    await page.waitForLoadState();
  }
}

const toldKept = async (page) => {
  await page.locator("main [role=alert]").waitFor();
  demand((await page.getAttribute("html", "lang")) === "fr", "not told in French");
  const kept = await page.locator("pre.kept").allTextContents();
  demand(kept.some((text) => text.replaceAll("\r", "").includes(TEXT)), `the letter is not on the page that keeps it: ${kept}`);
};

/** Signed out and in again in another tab: the letter goes on saving itself. */
async function staleTab(who, world) {
  const { page, window } = who;
  await write(page, world, "Onglet oublié");
  await page.locator("[data-status]:not(:empty)").waitFor();
  const other = await window.newPage();
  await again(other, world);
  await page.locator("#text").press("End");
  await page.keyboard.type(" Et ceci.");
  await until("the letter to be saved again", async () => {
    await other.goto(page.url());
    return (await other.inputValue("#text")).includes(" Et ceci.");
  });
  await page.click("form.compose button[data-send]");
  await page.locator("a.primary[href='/']").waitFor();
  demand((await sent(other, world, "Onglet oublié")) === 1, "the letter of the stale tab is not sent once");
  clean(who, "a stale tab", { "409 /draft/N/save": 1 });
}

/** The same without a script: asked again, with everything that was typed. */
async function staleForm(who, world) {
  const { page, window } = who;
  await write(page, world, "Formulaire oublié");
  await again(await window.newPage(), world);
  await page.click("form.compose button[data-send]");
  await toldKept(page);
  await goOn(page);
  await page.locator("a.primary[href='/']").waitFor();
  demand((await sent(page, world, "Formulaire oublié")) === 1, "the letter of the stale form is not sent once");
  clean(who, "a stale form", { "409 /draft/N/send": 1 });
}

async function pressedTwice(who, world) {
  const { page } = who;
  await write(page, world, "Pressé deux fois");
  await page.locator("form.compose button[data-send]").dblclick({ noWaitAfter: true });
  await page.locator("a.primary[href='/']").waitFor();
  demand((await sent(page, world, "Pressé deux fois")) === 1, "pressed twice is not sent once");
  clean(who, "pressed twice");
}

/** A file of 100 MB: refused with the limit named, and the letter is still there. */
async function tooLarge(who, world) {
  const { page } = who;
  await write(page, world, "Trop lourd");
  const file = `${world.pictures}/trop-lourd.bin`;
  await writeFile(file, "");
  await truncate(file, LARGE_BYTES);
  const asked = page.waitForEvent("filechooser");
  await page.locator("form.compose button[data-attach]").click();
  await (await asked).setFiles(file);
  await page.waitForURL(/large=1/, { timeout: 120_000 });
  await rm(file);
  await page.locator("main [role=alert]").waitFor();
  await sound(page, "a file of 100 MB");
  demand((await page.getAttribute("html", "lang")) === "fr", "not told in French");
  demand((await page.inputValue("#text")).replaceAll("\r", "") === TEXT, "the letter is gone");
  demand((await page.locator(".files li").count()) === 0, "the file hangs on the letter");
  clean(who, "a file of 100 MB");
}

/** One's other sessions are ended: the next click leads to the door, and from there to where it was meant to lead. */
async function revoked(lost, owner, world) {
  const link = lost.page.locator(".rows .row a").first();
  const meant = await link.getAttribute("href");
  await owner.page.goto(`${world.webmail}/account`);
  await owner.page.locator("form[action='/account/sessions']:has(input[value=others]) button").click();
  await owner.page.waitForURL(/done=ended/);
  await link.click();
  await lost.page.waitForURL(/\/sign-in\?next=/);
  await sound(lost.page, "led to the door");
  await lost.page.fill("#name", "accueil");
  await lost.page.fill("#password", world.password);
  await lost.page.click("main form[action='/sign-in'] button.primary");
  await lost.page.waitForURL((url) => url.href.endsWith(meant));
  clean(lost, "a revoked session");
  clean(owner, "who revoked it");
}

/** An admin ends the session while somebody writes. */
async function endedByAdmin(running, who, world) {
  const { page, window } = who;
  const admin = await person(running, { origins: [world.console], lang: "fr" });
  await signIn(admin.page, world.console, world.admins[0], world.password);
  await write(page, world, "Fermé par l'administrateur");
  await page.locator("[data-status]:not(:empty)").waitFor();
  await admin.page.goto(`${world.console}/people?q=accueil`);
  await admin.page.locator("main tbody tr", { hasText: "accueil@" }).locator("th a").click();
  await admin.page.locator("main form[action$='/sessions'] button").click();
  await admin.page.locator("main .done").waitFor();
  await page.locator("#text").press("End");
  await page.keyboard.type(" Fin.");
  const told = await page.getAttribute("form.compose", "data-signed-out");
  await page.locator("[data-status]", { hasText: told }).waitFor();
  await page.click("form.compose button[data-send]");
  await toldKept(page);
  await sound(page, "ended by an admin while writing");
  const opened = window.waitForEvent("page");
  await page.click("main a[href='/sign-in']");
  const door = await opened;
  await door.waitForLoadState();
  await signIn(door, world.webmail, "accueil", world.password);
  await goOn(page);
  await page.locator("a.primary[href='/']").waitFor();
  demand((await sent(page, world, "Fermé par l'administrateur")) === 1, "the letter is not sent once");
  clean(who, "a session ended by an admin", { "401 /draft/N/save": [1, 3], "401 /draft/N/send": 1, "409 /draft/N/send": 1 });
  clean(admin, "the admin who ended it");
}

/** At a shared computer the screen locks after ten minutes, on the clock of the browser; the letter is among the drafts. */
async function locked(running, world) {
  const who = await person(running, { origins: [world.webmail], lang: "fr" });
  const { page } = who;
  await page.clock.install();
  await page.goto(`${world.webmail}/sign-in`);
  await page.fill("#name", "accueil");
  await page.fill("#password", world.password);
  await page.check("#shared");
  await page.click("main form[action='/sign-in'] button.primary");
  await page.waitForURL(/\/f\//);
  await write(page, world, "Écran verrouillé");
  await page.clock.runFor(2_000);
  await page.locator("[data-status]:not(:empty)").waitFor();
  await page.clock.runFor(590_000);
  demand(new URL(page.url()).pathname.startsWith("/compose") || new URL(page.url()).pathname.startsWith("/draft/"), "locked too early");
  await page.clock.runFor(15_000);
  await page.waitForURL(/why=locked/);
  await sound(page, "a locked screen");
  await signIn(page, world.webmail, "accueil", world.password);
  await page.goto(`${world.webmail}/drafts`);
  await page.locator(".rows a", { hasText: "Écran verrouillé" }).click();
  await page.waitForURL(/\/draft\//);
  demand((await page.inputValue("#text")).replaceAll("\r", "") === TEXT, "the letter is gone");
  clean(who, "a locked screen");
}
