// Makes what works without it quicker: keys. Rooms add their own parts below; each begins by looking for its element.
"use strict";
(() => {
  const typing = (element) => element.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
  const keyed = (key) => document.querySelector(`[data-key="${CSS.escape(key)}"]`);

  // Single letters only where nobody types, and never with a modifier: those belong to the browser.
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const element = keyed(event.key);
    if (!element || document.documentElement.dataset.keys === "off") return;
    event.preventDefault();
    if (element.matches("input")) element.focus();
    else element.click();
  });

  // A form that is on its way is not sent twice by an impatient second click.
  addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent === "1") event.preventDefault();
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 3000);
  });
})();
