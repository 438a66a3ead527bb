// Every template of the pages, and by what each is known on a page that was asked by axe.
//
//   sound(page) ── seen(page) ── ticks ──> missing(): templates that no page of this run showed
//
// A template that is not named here, or a name without its template, is missing too: a new page cannot be forgotten.

import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../../webmail/templates/", import.meta.url));

const SIGNS = {
  "account/app.html": "body.account dd .secret",
  "account/apps.html": "form[action='/account/apps']",
  "account/page.html": "body.account #sessions",
  "account/passkey.html": "form[data-passkey='/account/passkey/start']",
  "account/recovery.html": "body.account ol.sheet",
  "account/second.html": "section[aria-labelledby=totp] a[href='/account/totp']",
  "account/thing.html": "form[action='/account/remove']",
  "account/totp.html": "form[action='/account/totp']",
  "compose/attach.html": "form[enctype] input[type=file]",
  "compose/contacts.html": "form.find #who",
  "compose/draft.html": "form.compose #text",
  "compose/drafts.html": "a[href='/drafts'][aria-current=page]",
  "compose/sent.html": "main a.primary[href='/'] + a[href='/compose']",
  "console/abort.html": "form[action='/run/abort']",
  "console/audit.html": "form[action='/audit/verify']",
  "console/base.html": "body.console section.state",
  "console/checklist.html": "form[action='/run/confirm']",
  "console/clean.html": "fieldset.clean input[name=clean]",
  "console/clean_point.html": "form[action='/run/clean-point']",
  "console/confirm.html": "form[action$='/start'] input[name=despite]",
  "console/counter.html": "form[action='/counter']",
  "console/drill.html": "form[action='/drill']",
  "console/failback.html": "form[action='/failback/start']",
  "console/findings.html": "form[action$='/confirm'] input[name=clean]",
  "console/finish.html": "form[action='/failback/finish']",
  "console/found.html": "ul.found li h3",
  "console/home.html": "form[action='/check']",
  "console/keys.html": "nav.menu a[href='/keys'][aria-current=page]",
  "console/menu.html": "nav.menu a[href='/audit']",
  "console/past.html": ".console main ol.steps ~ p > a[href='/runs']:not(.button)",
  "console/people.html": "form[action='/people/slips']",
  "console/person.html": "form[action^='/person/'][action$='/sessions']",
  "console/points.html": "p.point input[type=checkbox]",
  "console/queue.html": "nav.menu a[href='/queue'][aria-current=page]",
  "console/reason.html": "form[action$='/findings'] #reason",
  "console/refused.html": ".console main > p.wrong[role=alert] ~ p > a.button",
  "console/run.html": "div[data-live]",
  "console/runs.html": ".console th a[href^='/runs/']",
  "console/slips.html": "article.slip .code",
  "console/start.html": ".entries a[href='/failover/planned']",
  "console/steps.html": "ol.steps li",
  "console/sync.html": "form[action='/sync']",
  "console/typed.html": "input[type=hidden][name=stops]",
  "folder/all.html": "body.at-folders",
  "folder/folders.html": "nav.folders a[href='/compose']",
  "folder/link.html": "nav.folders li[class^=deep]",
  "folder/list.html": "form#act.list",
  "folder/page.html": "body.at-list",
  "folder/sure.html": "button.danger[name=act][value=expunge]",
  "frame.html": "body > a.skip",
  "kept.html": "main form textarea.unseen[hidden]",
  "message/acts.html": ".letter-acts",
  "message/files.html": "section.files li",
  "message/invitation.html": "section.invitation",
  "message/page.html": "body.at-message #subject",
  "search/filters.html": "#search-q",
  "search/how.html": "section.how",
  "search/page.html": "body.at-search",
  "search/pieces.html": ".hits mark",
  "sign_in/languages.html": "form.languages",
  "sign_in/page.html": "form[action='/sign-in'] #password",
  "sign_in/second.html": "form[action='/sign-in/code'] #code",
  "sign_in/welcome.html": "form[action='/welcome'] #code",
  "trouble.html": "main > h1 + p[role=alert] + p > a.button:only-child",
};

const TICKED = new Set();

/** Ticks what the page shows. */
export async function seen(page) {
  const shown = await page.evaluate(
    (signs) => Object.entries(signs).filter(([, sign]) => document.querySelector(sign)).map(([name]) => name),
    SIGNS,
  );
  shown.forEach((name) => TICKED.add(name));
}

/** What is wrong with the list, a line each. */
export function missing() {
  const all = readdirSync(FOLDER, { recursive: true }).filter((name) => name.endsWith(".html"));
  return [
    ...all.filter((name) => !SIGNS[name]).map((name) => `${name} has no sign in templates.mjs`),
    ...Object.keys(SIGNS).filter((name) => !all.includes(name)).map((name) => `${name} is no template any more`),
    ...Object.keys(SIGNS).filter((name) => all.includes(name) && !TICKED.has(name)).map((name) => `${name} was never asked`),
  ];
}

/** How many templates there are. */
export const counted = () => Object.keys(SIGNS).length;
