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

// Passkeys: the form shows where the browser knows them; it asks us for a question, the person, and sends the answer.
(() => {
  const known = window.PublicKeyCredential;
  if (!known?.parseCreationOptionsFromJSON) return;
  const answered = ({ options, ticket }) =>
    (options.user
      ? navigator.credentials.create({ publicKey: known.parseCreationOptionsFromJSON(options) })
      : navigator.credentials.get({ publicKey: known.parseRequestOptionsFromJSON(options) })
    ).then((key) => [ticket, JSON.stringify(key)]);
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const failed = form.querySelector("[data-failed]");
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      failed.hidden = true;
      const { shared, ticket, answer } = form.elements;
      if (shared) shared.value = document.getElementById("shared").checked ? "1" : "";
      try {
        const asked = await fetch(form.dataset.passkey, { method: "POST", body: new URLSearchParams(new FormData(form)) });
        [ticket.value, answer.value] = await answered(await asked.json());
        form.submit();
      } catch {
        failed.hidden = false;
      }
    });
  }
})();

// At a shared computer no page stays on the screen that nobody touches.
(() => {
  const idle_s = document.body.dataset.idle;
  if (!idle_s) return;
  let timer;
  const again = () => {
    clearTimeout(timer);
    timer = setTimeout(() => location.replace("/sign-in?why=locked"), idle_s * 1000);
  };
  for (const sign of ["keydown", "pointerdown", "scroll"]) addEventListener(sign, again, { passive: true });
  again();
})();

// Writing: saves while one types, without touching where one is; takes files; offers names.
(() => {
  const form = document.querySelector("form[data-draft]");
  if (!form) return;
  const { token, revision } = form.elements;
  const status = form.querySelector("[data-status]");
  const at = (act) => `/draft/${form.dataset.draft}/${act}`;
  let timer, busy, dirty = false;
  const later = (ms) => { clearTimeout(timer); timer = setTimeout(save, ms); };
  const moved = (id) => {
    if (id === form.dataset.draft) return;
    for (const button of form.querySelectorAll("[formaction]")) button.setAttribute("formaction", button.getAttribute("formaction").replace(form.dataset.draft, id));
    form.dataset.draft = id;
    form.action = at("save");
    history.replaceState(null, "", `/draft/${id}`);
  };
  const put = async () => {
    dirty = false;
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(at("save"), { method: "POST", headers: { accept: "application/json" }, body });
      if ((answer.headers.get("content-type") ?? "").startsWith("application/json")) {
        const told = await answer.json();
        revision.value = told.revision;
        moved(told.id);
        status.textContent = told.says;
        return;
      }
      // Signed in again elsewhere: the page that kept our fields has the new token.
      const fresh = answer.status === 409 && /name="token" value="(\w+)"/.exec(await answer.text());
      if (fresh) token.value = fresh[1];
      else status.textContent = answer.status === 401 ? form.dataset.signedOut : form.dataset.unsaved;
      dirty = true;
      later(fresh ? 100 : 10000);
    } catch {
      status.textContent = form.dataset.unsaved;
      dirty = true;
      later(10000);
    }
  };
  const save = () => busy ??= put().finally(() => { busy = undefined; });
  form.addEventListener("input", () => { dirty = true; later(1500); });
  // What is on its way is let arrive first: two revisions at once would be two drafts.
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    if (!busy) { dirty = false; return; }
    event.preventDefault();
    event.stopPropagation();
    busy.then(() => form.requestSubmit(event.submitter));
  });
  addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(form.querySelector("[data-send]"));
  });

  const pick = Object.assign(document.createElement("input"), { type: "file", multiple: true });
  form.querySelector("[data-attach]").addEventListener("click", (event) => { event.preventDefault(); pick.click(); });
  pick.addEventListener("change", async () => {
    await busy;
    await save();
    if (dirty || !pick.files.length) return;
    status.textContent = form.dataset.uploading;
    const body = new FormData();
    body.append("token", token.value);
    for (const file of pick.files) body.append("file", file);
    try {
      const answer = await fetch(at("attach"), { method: "POST", body });
      if (answer.ok) location.assign(answer.url);
      else status.textContent = answer.status === 401 ? form.dataset.signedOut : form.dataset.unsaved;
    } catch { status.textContent = form.dataset.unsaved; }
  });

  for (const input of form.querySelectorAll("[data-names]")) {
    const list = Object.assign(document.createElement("ul"), { id: `${input.id}-offers`, className: "offers", hidden: true });
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", input.labels[0].textContent);
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", list.id]]) input.setAttribute(name, value);
    input.after(list);
    let at = -1, wait;
    const show = (is) => {
      list.hidden = !is;
      input.setAttribute("aria-expanded", is);
      if (!is) { at = -1; input.removeAttribute("aria-activedescendant"); }
    };
    show(false);
    const begun = () => /[^,;]*$/.exec(input.value.slice(0, input.selectionStart))[0];
    const choose = (item) => {
      const end = input.selectionStart, start = end - begun().length;
      const before = input.value.slice(0, start) + (start ? " " : "") + item.dataset.text + ", ";
      input.value = before + input.value.slice(end).replace(/^[\s,;]+/, "");
      input.setSelectionRange(before.length, before.length);
      show(false);
      input.dispatchEvent(new Event("input", { bubbles: true }));
    };
    const offer = async () => {
      const typed = begun().trim();
      if (typed.length < 3) return show(false);
      const found = await fetch(`/contacts/complete?q=${encodeURIComponent(typed)}`).then((answer) => answer.json()).catch(() => []);
      if (typed !== begun().trim() || document.activeElement !== input) return;
      list.replaceChildren(...found.map((one, number) => {
        const item = Object.assign(document.createElement("li"), { id: `${list.id}-${number}`, textContent: one.name || one.address });
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        item.dataset.text = one.text;
        const more = document.createElement("small");
        more.textContent = [one.address, one.kind, one.where].filter(Boolean).join(" · ");
        item.append(" ", more);
        item.addEventListener("mousedown", (event) => { event.preventDefault(); choose(item); });
        return item;
      }));
      show(found.length > 0);
    };
    input.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(offer, 150); });
    input.addEventListener("blur", () => show(false));
    input.addEventListener("keydown", (event) => {
      const items = list.children;
      if (list.hidden) return;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        items[at]?.setAttribute("aria-selected", "false");
        at = (at + step + items.length) % items.length;
        items[at].setAttribute("aria-selected", "true");
        items[at].scrollIntoView({ block: "nearest" });
        input.setAttribute("aria-activedescendant", items[at].id);
      } else if (event.key === "Escape") show(false);
      else if ((event.key === "Enter" || event.key === "Tab") && at >= 0) choose(items[at]);
      else return;
      event.preventDefault();
    });
  }
})();
