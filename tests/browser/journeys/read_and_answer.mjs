// Somebody of the staff reads, finds, and answers with an attachment; the partner answers in turn. Every page on the
// way is asked by axe and at 320 px.

import { demand, person, sound } from "../house.mjs";
import { arrives, attach, clean, open, reply, send, signIn } from "../steps.mjs";

export async function play(running, world) {
  const who = await person(running, { origins: [world.webmail], lang: "en" });
  const { page } = who;
  await page.goto(world.webmail);
  await sound(page, "sign in");
  await page.fill("#name", "accueil");
  await page.fill("#password", "not the password");
  await page.click("main form[action='/sign-in'] button.primary");
  await page.locator("[role=alert]").first().waitFor();
  await sound(page, "sign in, refused");
  await signIn(page, world.webmail, "accueil", world.password);
  await sound(page, "inbox");
  await page.goto(`${page.url().split("?")[0]}?unread=1`);
  await sound(page, "inbox, unread");

  await page.fill("#q", "Feldbetten");
  await page.press("#q", "Enter");
  await page.waitForURL(/\/search/);
  await sound(page, "search");
  await open(page, "Besuch zum Weihnachtsmarkt");
  await sound(page, "message");
  await reply(page);
  await sound(page, "draft");
  demand((await page.inputValue("#text")).includes("\n> "), "the original is not quoted");
  const written = "Bettwäsche haben wir genug. Bis Freitag!";
  await page.fill("#text", `${written}\n\n${await page.inputValue("#text")}`);
  await attach(page, "Zimmer.txt", "vier Familien\n");
  await sound(page, "draft with a file");
  await send(page);
  await sound(page, "sent");
  await arrives(page, world.webmail, "Re: Besuch zum Weihnachtsmarkt");

  await page.goto(`${world.webmail}/drafts`);
  await sound(page, "drafts");
  await page.goto(`${world.webmail}/contacts`);
  await sound(page, "contacts");
  await page.goto(`${world.webmail}/search`);
  await sound(page, "search, nothing asked");
  await page.goto(`${world.webmail}/search?q=zzzz`);
  await sound(page, "search, nothing found");
  await page.goto(`${world.webmail}/account`);
  await sound(page, "account");
  clean(who, "reading and answering", { "401 /sign-in": 1 });
}
