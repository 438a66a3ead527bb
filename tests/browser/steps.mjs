// What people do, by the links and fields that pages have in every language.

import { createHmac } from "node:crypto";
import { demand, person, until } from "./house.mjs";

/** Signs in at the webmail or the console. */
export async function signIn(page, origin, name, password) {
  await page.goto(`${origin}/sign-in`);
  await page.fill("#name", name);
  await page.fill("#password", password);
  await page.click("main form[action='/sign-in'] button.primary");
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
}

/** Opens the first message of the list whose subject holds `subject`. */
export async function open(page, subject) {
  await page.locator(".rows .row a", { hasText: subject }).first().click();
  await page.waitForURL(/\/m\/\d+/);
}

/** Begins an answer to the message that is open. */
export async function reply(page, kind = "reply") {
  await page.locator(`a[href*="/compose?${kind}="]`).first().click();
  await page.waitForURL(/\/draft\/\d+/);
}

/** Attaches a file: in the window that the browser opens, or without scripts on a page of its own. */
export async function attach(page, name, text) {
  const file = { name, mimeType: "text/plain", buffer: Buffer.from(text) };
  const asked = page.waitForEvent("filechooser", { timeout: 5000 }).catch(() => undefined);
  await page.locator("form.compose button[formaction$='/files']").click();
  const chooser = await Promise.race([asked, page.waitForURL(/\/attach/).then(() => undefined, () => asked)]);
  if (chooser) {
    await chooser.setFiles(file);
  } else {
    await page.setInputFiles("main input[type=file]", file);
    await page.locator("main form[action$='/attach'] button.primary").click();
    await page.waitForURL(/\/draft\/\d+(\?.*)?$/);
  }
  await page.locator(".files", { hasText: name }).waitFor();
}

/** Sends the draft that is open. */
export async function send(page) {
  await page.locator("form.compose button[data-send]").click();
  await page.locator(".done a[href='/'], main .done, a.primary[href='/']").first().waitFor();
}

/** Looks into the inbox until a message shows up there. */
export async function arrives(page, origin, subject) {
  await until(`${subject} in the inbox`, async () => {
    await page.goto(`${origin}/`);
    return (await page.locator(".rows .row", { hasText: subject }).count()) > 0;
  });
}

/** The primary is lost, before the eyes of whoever looks at the stage; where there is one. */
export async function attacked(running, world, origins) {
  if (!world.stage) return;
  const { page } = await person(running, { origins });
  await page.goto(world.stage);
  await page.getByRole("button", { name: "Attack the primary" }).click();
  const told = await page.getByText("The attack began at").textContent();
  world.attackedAt = told.match(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/)[0].replace(" ", "T");
}

/** An admin takes over in an emergency, as of before the attack; `look` sees every page on the way. */
export async function takeOver(page, world, look = () => {}) {
  await page.goto(`${world.console}/start`);
  await page.locator("a[href='/failover/emergency']").click();
  await look(page, "console, reason");
  await page.fill("#reason", "Mails were deleted before our eyes");
  if (world.attackedAt) {
    await page.locator("input[name=clean][value=time]").check();
    await page.fill("#at", world.attackedAt);
  } else {
    // Before the demo began nobody is known; the lab has no moment to offer.
    const offered = page.locator("input[name=clean]:not([value=time]):not([value=unknown]):not([value=everything])");
    await ((await offered.count()) > 0 ? offered.first() : page.locator("input[name=clean][value=everything]")).check();
  }
  await page.locator("main form[action$='/findings'] button.primary").click();
  await page.locator("main form[action$='/confirm']").waitFor();
  await look(page, "console, findings");
  if (await page.locator("#despite").count()) await page.fill("#despite", "There is no time to wait");
  await page.locator("main form[action$='/confirm'] button.primary").click();
  await page.locator("#organisation").waitFor();
  await look(page, "console, confirm");
  await page.fill("#organisation", "not the name");
  await page.locator("main form[action$='/start'] button.danger").click();
  await page.locator("[role=alert]").first().waitFor();
  await page.fill("#organisation", world.organisation);
  await page.locator("main form[action$='/start'] button.danger").click();
  await page.waitForURL(/\/run/);
}

/** Takes away the cookies, as a session that ended does; with the way to have them back. */
export async function strip(page) {
  const window = page.context();
  const cookies = await window.cookies();
  await window.clearCookies();
  return { cookies, back: (all) => window.addCookies(all) };
}

/** The code that an authenticator app shows now (RFC 6238). */
export function totp(seed) {
  const bits = [...seed].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((octet) => parseInt(octet, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const tag = createHmac("sha1", key).update(step).digest();
  const from = tag[19] & 15;
  return String((tag.readUInt32BE(from) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Walks with a key until what is wanted has the focus. */
export async function reach(page, selector, key = "Tab") {
  for (let stops = 0; stops < 150; stops += 1) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${selector} cannot be reached with ${key} on ${page.url()}`);
}

/** What has the focus shows it, and lies in the window. */
export async function visible(page) {
  const seen = await page.evaluate(() => {
    const element = document.activeElement;
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    const { top, bottom } = element.getBoundingClientRect();
    return (outlineStyle !== "none" && outlineWidth !== "0px" || boxShadow !== "none") && bottom > 0 && top < innerHeight;
  });
  demand(seen, "the focus cannot be seen");
}

/**
 * Nothing asked for elsewhere, no script that broke, and of answers that refuse exactly those `meant`: how often each
 * "STATUS PATH", or from how often to how often where it depends on the time that something takes.
 */
export function clean({ astray, complaints, refusals }, name, meant = {}) {
  demand(astray.length === 0, `${name} asked elsewhere: ${astray}`);
  demand(complaints.length === 0, `${name}: ${complaints.join("; ")}`);
  const all = new Set([...refusals.keys(), ...Object.keys(meant)]);
  const wrong = [...all].filter((what) => {
    const [least, most] = [meant[what] ?? 0].flat();
    const times = refusals.get(what) ?? 0;
    return times < least || times > (most ?? least);
  });
  const told = wrong.map((what) => `"${what}" came ${refusals.get(what) ?? 0} times and was meant ${meant[what] ?? 0}`);
  demand(wrong.length === 0, `${name}: ${told.join("; ")}`);
}
