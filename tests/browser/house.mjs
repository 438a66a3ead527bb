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

/**
 * A person at a window of their own: no cookies of anybody else. Requests that leave `origins` are noted and refused.
 * Returns the page, and what went wrong behind it.
 */
export async function person(running, { origins, lang = "en", view = DESK, scripts = true, dark = false, offline = [] }) {
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
  const astray = [];
  await window.route("**/*", (route) => {
    const url = route.request().url();
    if (origins.some((origin) => url.startsWith(origin)) || url.startsWith("data:")) return route.continue();
    astray.push(url);
    return route.abort();
  });
  const page = await window.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(`script: ${error.message}`));
  page.on("console", (line) => {
    if (line.type() === "error" && !offline.some((known) => line.text().includes(known)))
      complaints.push(`console: ${line.text()}`);
  });
  page.on("response", (answer) => {
    // 503 is how standby says that there is no mail to show.
    if (answer.status() >= 500 && answer.status() !== 503) complaints.push(`${answer.status()} ${answer.url()}`);
  });
  return { page, window, astray, complaints };
}

const LISTED = [];
const FAULTS = [];

/** What axe and the narrow window found: a journey goes on, so that one run names everything. */
export const faults = () => FAULTS.splice(0);

/** Fails with `why` unless `is`. */
export function demand(is, why) {
  if (!is) throw new Error(why);
}

/** No violation of WCAG 2.2 A and AA, nor of axe's best practices. */
export async function accessible(page, name) {
  // Needs scripts of its own, which the page's policy forbids to pages and not to the debugger.
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, {
      iframes: false,
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
  });
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


/** What is asked of every page and state: axe on a desk, in the dark and at 320 px; no sideways scrolling. */
export async function sound(page, name) {
  const before = page.viewportSize();
  await accessible(page, name);
  await page.emulateMedia({ colorScheme: "dark" });
  await accessible(page, `${name}, dark`);
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
