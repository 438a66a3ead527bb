// A code on paper becomes an access, in French and at a shared computer; wrong things are said kindly.

import { demand, person, sound } from "../house.mjs";
import { clean } from "../steps.mjs";

const PASSWORD = "cheval bleu agrafe nuage";

export async function play(running, world) {
  const { name, code } = world.invited;
  const who = await person(running, { origins: [world.webmail], lang: "fr" });
  const { page } = who;
  await page.goto(`${world.webmail}/sign-in`);
  await sound(page, "sign-in");
  await page.click("main a[href='/welcome']");
  await sound(page, "enrolment");
  await fill(page, { name, code: "aaaa-bbbb-cccc", password: PASSWORD, repeat: PASSWORD });
  demand(await says(page, "incorrect"), "a wrong code is not said");
  demand((await page.inputValue("#name")) === name, "the name is not kept");
  await fill(page, { name, code, password: "court", repeat: "court" });
  demand(await says(page, "12 caractères"), "a short password is not said");
  await sound(page, "enrolment, short password");
  await page.check("input[name=shared]");
  await fill(page, { name, code: code.toUpperCase(), password: PASSWORD, repeat: PASSWORD });
  await page.waitForURL(/\/account\/second/);
  await sound(page, "second factor offered");
  await page.goto(`${world.webmail}/account`);
  demand((await page.getAttribute("body", "data-idle")) === "600", "a shared computer does not lock itself");
  await page.fill("#app-label", "Téléphone");
  await page.click("form[action='/account/apps'] button");
  await page.locator(".secret").waitFor();
  await sound(page, "app password");
  await page.click("form[action='/sign-out'] button");
  await page.waitForURL(/\/sign-in/);
  const left = await who.window.cookies();
  demand(left.every((one) => one.expires === -1), "a cookie outlives the shared computer's browser");

  await page.goto(`${world.webmail}/welcome`);
  await fill(page, { name, code, password: PASSWORD, repeat: PASSWORD });
  demand(await says(page, "déjà été utilisé"), "a used code is not said");
  await page.goto(`${world.webmail}/sign-in`);
  await page.click("button[name=lang][value=de]");
  demand((await page.getAttribute("html", "lang")) === "de", "the language is not kept");
  await page.fill("#name", name);
  await page.fill("#password", PASSWORD);
  await page.click("main form[action='/sign-in'] button.primary");
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
  clean(who, "enrolment", { "401 /welcome": 1, "422 /welcome": 1, "409 /welcome": 1 });
}

async function fill(page, fields) {
  for (const [id, value] of Object.entries(fields)) await page.fill(`#${id}`, value);
  await page.click("main form[action='/welcome'] button.primary");
}

async function says(page, part) {
  return (await page.locator("#wrong").textContent()).includes(part);
}
