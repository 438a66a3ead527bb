// A passkey is made, signs in alone, and stands beside the password; an authenticator app and the sheet of codes too.

import { demand, person, sound } from "../house.mjs";
import { clean, signIn, totp } from "../steps.mjs";

export async function play(running, world) {
  const who = await person(running, { origins: [world.webmail], lang: "en" });
  const { page } = who;
  const at = (path) => `${world.webmail}${path}`;
  const keys = await authenticator(who);

  await signIn(page, world.webmail, "maire", world.password);
  await page.goto(at("/account"));
  await sound(page, "account");
  await page.fill("#passkey-label", "phone <b>\"🙂\"");
  await page.click("form[data-passkey] button[type=submit]");
  await page.locator(".sheet li").first().waitFor();
  await sound(page, "recovery codes");
  const sheet = await page.locator(".sheet li").allTextContents();
  demand(sheet.length === 10, `${sheet.length} recovery codes`);
  demand((await keys.count()) === 1, "the authenticator holds no passkey");
  await page.click("main a.primary");
  demand(await page.locator(".things", { hasText: "phone <b>\"🙂\"" }).count() === 1, "the passkey is not listed");

  await out(page);
  await page.click("form[data-passkey] button[type=submit]");
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
  await out(page);

  // The password alone does not let them in any more; the sheet does, once.
  await halfway(page, at, world);
  await sound(page, "second step");
  await page.fill("#code", "aaaa-bbbb-cccc");
  await page.click("form[action='/sign-in/code'] button");
  await page.locator("#wrong").waitFor();
  await sound(page, "second step, wrong code");
  await page.fill("#code", sheet[0].toUpperCase());
  await page.click("form[action='/sign-in/code'] button");
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
  await out(page);
  await halfway(page, at, world);
  await page.fill("#code", sheet[0]);
  await page.click("form[action='/sign-in/code'] button");
  await page.locator("#wrong").waitFor();
  await page.click("form[data-passkey] button[type=submit]");
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));

  await app(page, at);
  await out(page);
  await refused(page, keys);
  clean(who, "passkey", { "401 /sign-in/code": 2 });
}

/** A platform authenticator whose holder is always verified. */
async function authenticator({ window, page }) {
  const devtools = await window.newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const options = {
    protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true,
    isUserVerified: true, automaticPresenceSimulation: true,
  };
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", { options });
  return {
    async count() {
      return (await devtools.send("WebAuthn.getCredentials", { authenticatorId })).credentials.length;
    },
    verified: (isUserVerified) => devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified }),
  };
}

async function out(page) {
  await page.click("form[action='/sign-out'] button");
  await page.waitForURL(/\/sign-in/);
}

async function halfway(page, at, world) {
  await page.goto(at("/sign-in"));
  await page.fill("#name", "maire");
  await page.fill("#password", world.password);
  await page.click("main form[action='/sign-in'] button.primary");
  await page.locator("#code").waitFor();
}

/** Sets up an authenticator app, whose code is reckoned here (RFC 6238). */
async function app(page, at) {
  await page.goto(at("/account/totp"));
  await sound(page, "authenticator app");
  const seed = (await page.textContent(".secret")).replaceAll(" ", "");
  await page.fill("#code", totp(seed));
  await page.click("main form[action='/account/totp'] button.primary");
  await page.waitForURL(/\/account\?done=totp/);
  await sound(page, "account with everything");
}

/** Whoever holds the device but cannot show a finger or PIN stays outside, and is told so. */
async function refused(page, keys) {
  await keys.verified(false);
  await page.click("form[data-passkey] button[type=submit]");
  await page.locator("[data-failed]:visible, main > .wrong").first().waitFor();
  demand(new URL(page.url()).pathname.startsWith("/sign-in"), "let in without being verified");
}
