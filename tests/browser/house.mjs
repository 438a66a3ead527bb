// A browser, a person in it, and what is always asked of a page.
//
//   node main.mjs JOURNEY...  ── journeys/NAME.mjs ── person(...) ── pages ── check(page): axe, width, console
//
// Says "ok NAME" and "FAILED NAME: why"; exits 0 only when every journey was played to its end.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { seen } from "./templates.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
// Without these Chromium calls its maker at every start.
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const DESK = { width: 1280, height: 800 };
export const PHONE = { width: 320, height: 640 };

/** A running Chromium with a profile that goes away. */
export async function browser(flags = []) {
  const profile = await mkdtemp(join(tmpdir(), "relais-browser-"));
  const running = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    headless: true,
    args: [...FLAGS, ...flags, `--crash-dumps-dir=${profile}`],
    env: { ...process.env, HOME: profile },
  });
  return {
    running,
    async close() {
      await running.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

/** An address without what differs from run to run: `/draft/12/save` is `/draft/N/save`. */
const pattern = (url) => new URL(url).pathname.replace(/\/(\d+|[0-9a-f]{32})(?=\/|$)/g, "/N");

/**
 * A person at a window of their own: no cookies of anybody else. Requests that leave `origins` are noted and refused.
 * Returns the page, and what went wrong behind it: every answer of 400 and more is counted in `refusals` by its status and
 * path, for `clean` in steps.mjs to compare with those that the journey meant to get; all else is a complaint.
 */
export async function person(running, { origins, lang = "en", view = DESK, scripts = true, dark = false }) {
  const window = await running.newContext({
    locale: lang,
    viewport: view,
    javaScriptEnabled: scripts,
    colorScheme: dark ? "dark" : "light",
    // Colours in the middle of a transition are nobody's.
    reducedMotion: "reduce",
    ignoreHTTPSErrors: true,
    acceptDownloads: true,
    timezoneId: "Europe/Paris",
  });
  window.setDefaultTimeout(15_000);
  const who = { window, astray: [], complaints: [], refusals: new Map() };
  await window.route("**/*", (route) => {
    const url = route.request().url();
    if (origins.some((origin) => url.startsWith(origin)) || url.startsWith("data:")) return route.continue();
    who.astray.push(url);
    return route.abort();
  });
  window.on("page", (page) => listen(page, who));
  who.page = await window.newPage();
  return who;
}

function listen(page, { complaints, refusals }) {
  page.on("pageerror", (error) => complaints.push(`script: ${error.message}`));
  page.on("console", (line) => {
    // What the browser says of an answer is counted as the answer.
    const counted = /^Failed to load resource: the server responded with a status of \d{3} /.test(line.text());
    if (line.type() === "error" && !counted) complaints.push(`console: ${line.text()}`);
  });
  page.on("response", (answer) => {
    if (answer.status() < 400) return;
    const what = `${answer.status()} ${pattern(answer.url())}`;
    refusals.set(what, (refusals.get(what) ?? 0) + 1);
  });
}

const LISTED = [];
const FAULTS = [];

/** What axe and the narrow window found: a journey goes on, so that one run names everything. */
export const faults = () => FAULTS.splice(0);

/** Fails with `why` unless `is`. */
export function demand(is, why) {
  if (!is) throw new Error(why);
}

const EVERYTHING = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
// What can only differ with the colours.
const COLOURS = ["color-contrast", "link-in-text-block"];

/** No violation of WCAG 2.2 A and AA, nor of axe's best practices. */
export async function accessible(page, name, only = EVERYTHING) {
  // A page whose style has not come yet is nobody's.
  await page.waitForLoadState();
  // Needs scripts of its own, which the page's policy forbids to pages and not to the debugger.
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(AXE);
  const asking = page.evaluate(async (runOnly) => {
    const { violations } = await globalThis.axe.run(document, { iframes: false, resultTypes: ["violations"], runOnly });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
  }, only);
  // Where scripts may not run, axe never answers.
  const late = new Promise((_, fail) => setTimeout(() => fail(new Error(`axe does not answer on ${name}`)), 60_000).unref());
  const found = await Promise.race([asking, late]);
  if (found.length > 0) FAULTS.push(`${name} (${new URL(page.url()).pathname}): axe: ${found.join("; ")}`);
}

/** Nothing is wider than the window. */
export async function fits(page, name) {
  const wide = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const beyond = [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > width + 1);
    return [`${document.documentElement.scrollWidth} > ${width}`, ...beyond.slice(0, 4).map((one) => one.outerHTML.slice(0, 120))];
  });
  if (wide.length > 0) FAULTS.push(`${name} (${new URL(page.url()).pathname}): scrolls sideways: ${wide.join(" | ")}`);
}

/** What is asked of a page that was asked in full in another language: axe on a desk; no sideways scrolling at 320 px. */
export async function glance(page, name) {
  const before = page.viewportSize();
  await accessible(page, name);
  await page.setViewportSize(PHONE);
  await fits(page, `${name}, 320 px`);
  await page.setViewportSize(before);
  LISTED.push(name);
}

/** What is asked of every page and state: axe on a desk, on paper, in the dark and at 320 px; no sideways scrolling. */
export async function sound(page, name) {
  const before = page.viewportSize();
  await seen(page);
  await accessible(page, name);
  await page.emulateMedia({ media: "print" });
  await accessible(page, `${name}, printed`, COLOURS);
  await page.emulateMedia({ media: "screen", colorScheme: "dark" });
  await accessible(page, `${name}, dark`, COLOURS);
  await page.setViewportSize(PHONE);
  await fits(page, `${name}, 320 px`);
  await accessible(page, `${name}, dark, 320 px`);
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(before);
  LISTED.push(name);
}

/** How many pages and states were asked. */
export const asked = () => LISTED.length;

/** Asks again until `question` answers, for `patience_s`; scripts of ours, not of the page. */
export async function until(what, question, patience_s = 40) {
  const end = Date.now() + patience_s * 1000;
  let last;
  for (;;) {
    try {
      last = await question();
      if (last) return last;
    } catch (error) {
      last = error.message;
    }
    if (Date.now() > end) throw new Error(`waited in vain for ${what} (last: ${last})`);
    await new Promise((done) => setTimeout(done, 100));
  }
}
