// Looks again every two seconds. Without a script the link "Look again" does it.
"use strict";
(() => {
  const look = async () => {
    try {
      const page = new DOMParser().parseFromString(await (await fetch("/")).text(), "text/html");
      for (const part of ["live", "events"]) {
        const [now, next] = [document.getElementById(part), page.getElementById(part)];
        // Only what changed, so that a screen reader is not told the same again.
        if (now && next && now.innerHTML !== next.innerHTML) now.replaceChildren(...next.childNodes);
      }
      document.title = page.title;
    } catch {
      document.title = "The demo has ended";
    }
  };
  setInterval(look, 2000);
})();
