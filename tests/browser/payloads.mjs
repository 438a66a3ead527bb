// Opens every hostile letter in Chromium: our page, the frame in it, the page to be printed.
//
//   node payloads.mjs PLAN.json      { origin, cookie, cases: [{ name, words, path, raw }] }
//
// All names lead to a trap that notes who asks; the payloads are first shown as they came, so that it is known that
// script and trap are seen where they are let. Prints what it counted; exits 0 only for 0 scripts and 0 requests.

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { browser } from "./house.mjs";

const { origin, cookie, cases } = JSON.parse(await readFile(process.argv[2], "utf8"));

const asked = [];
let bare = "";
const trap = createServer((request, response) => {
  if (request.url === "/bare") return response.setHeader("content-type", "text/html; charset=utf-8").end(bare);
  asked.push(`${request.headers.host}${request.url}`);
  response.end();
});
await new Promise((listening) => trap.listen(0, "127.0.0.1", listening));
const port = trap.address().port;
const { running, close } = await browser([`--host-resolver-rules=MAP *.example 127.0.0.1:${port}, MAP evil.example 127.0.0.1:${port}`]);

// What ran shows itself: every payload calls alert.
const ran = [];
async function fresh(cookies) {
  const window = await running.newContext({ viewport: { width: 1280, height: 900 }, locale: "en" });
  if (cookies) {
    const [name, value] = cookie.split("=");
    await window.addCookies([{ name, value, url: origin }]);
  }
  const page = await window.newPage();
  page.on("dialog", (dialog) => {
    ran.push(page.url());
    dialog.dismiss().catch(() => {});
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !url.startsWith("data:") && !url.includes("/bare")) asked.push(url);
  });
  return page;
}

/** The payloads as they came, with nothing around them. */
async function control() {
  const page = await fresh(false);
  for (const { name, raw } of cases.filter((one) => one.name.startsWith("html-"))) {
    bare = raw.slice(raw.indexOf("\n\n") + 2);
    await page.goto(`http://127.0.0.1:${port}/bare`, { waitUntil: "commit" }).catch(() => {});
    await page.waitForLoadState("load", { timeout: 800 }).catch(() => {});
  }
  await page.context().close();
  const found = { scripts: ran.length, requests: asked.length };
  ran.length = asked.length = 0;
  return found;
}

const squeezed = (text) => text.replace(/\s+/g, " ");
const failures = [];

async function said(page) {
  const texts = [];
  for (const frame of page.frames()) texts.push(await frame.evaluate(() => document.body?.innerText ?? ""));
  return squeezed(texts.join(" "));
}

async function opens(page, { name, words, path }) {
  for (const end of ["", "?view=text", "/print"]) {
    const before = ran.length + asked.length;
    const answer = await page.goto(`${origin}${path}${end}`, { waitUntil: "load" });
    if (answer.status() !== 200) failures.push(`${name}${end}: ${answer.status()}`);
    const text = await said(page);
    // What a mail program shows as nothing is nothing in its layout; its words are in the text.
    if (!text.includes(words)) failures.push(`${name}${end}: "${words}" is not to be read in: ${text.slice(0, 400)}`);
    if (ran.length + asked.length > before) failures.push(`${name}${end}: ran ${ran.slice(-1)}, asked ${asked.slice(-1)}`);
    for (const frame of page.frames().slice(1)) await touched(page, frame, name + end);
  }
}

/** Pointers and keys wake what sleeps: hovers over everything, and walks through it with the tab key. */
async function touched(page, frame, name) {
  const before = ran.length + asked.length;
  const box = await (await frame.frameElement()).boundingBox();
  for (let at = 10; at < 200; at += 30) await page.mouse.move(box.x + 20 + at, box.y + at);
  for (let at = 0; at < 4; at += 1) await page.keyboard.press("Tab");
  if (ran.length + asked.length > before) failures.push(`${name}: woke ${ran.slice(-1)} ${asked.slice(-1)}`);
}

const found = await control();
if (found.scripts < 10 || found.requests < 20) failures.push(`the control saw only ${JSON.stringify(found)}`);
// Three windows at a time.
const left = [...cases];
const lane = async () => {
  const page = await fresh(true);
  for (let one = left.shift(); one; one = left.shift()) await opens(page, one);
};
await Promise.all([lane(), lane(), lane()]);
await close();
trap.close();
console.log(`unwashed: ${found.scripts} scripts, ${found.requests} requests`);
console.log(`washed: ${cases.length} letters, ${ran.length} scripts, ${asked.length} requests`);
for (const failure of failures) console.log(`FAILED ${failure}`);
process.exit(failures.length > 0 ? 1 : 0);
