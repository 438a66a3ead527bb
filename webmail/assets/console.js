
// The console's run page: asks a few octets whether something moved, and then for the page again.
(() => {
  const live = document.querySelector("[data-live]");
  if (!live || "over" in live.dataset) return;
  setInterval(async () => {
    try {
      const answer = await fetch(live.dataset.live, { redirect: "manual" });
      // Signed out meanwhile: the page leads to the door by itself.
      if (answer.type === "opaqueredirect" || (answer.ok && (await answer.text()) !== live.dataset.version)) location.reload();
    } catch { /* the service restarts: it is asked again */ }
  }, 1500);
})();
