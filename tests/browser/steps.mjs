// What people do, by the links and fields that pages have in every language.

import { demand, until } from "./house.mjs";

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

/** Nothing asked for elsewhere, no script that broke, no page that did. */
export function clean({ astray, complaints }, name) {
  demand(astray.length === 0, `${name} asked elsewhere: ${astray}`);
  demand(complaints.length === 0, `${name}: ${complaints.join("; ")}`);
}
