/* Light or dark: as the system says, until its user says otherwise; that is remembered. */
(function () {
  "use strict";
  const root = document.documentElement, dark = window.matchMedia("(prefers-color-scheme: dark)");
  let said = null;
  try { said = window.localStorage.getItem("evplan-theme"); } catch { /* a browser may keep nothing */ }

  function apply() {
    if (said) root.dataset.theme = said; else delete root.dataset.theme;
    const button = document.getElementById("theme"), isDark = said ? said === "dark" : dark.matches;
    if (button) button.setAttribute("aria-pressed", String(isDark));
  }

  apply();
  dark.addEventListener("change", apply);
  document.addEventListener("click", function (event) {
    if (!event.target.closest || !event.target.closest("#theme")) return;
    said = (said ? said === "dark" : dark.matches) ? "light" : "dark";
    try { window.localStorage.setItem("evplan-theme", said); } catch { /* it holds for this page */ }
    apply();
  });
  new MutationObserver(function (_, watch) {
    if (document.getElementById("theme")) { watch.disconnect(); apply(); }
  }).observe(root, { childList: true, subtree: true });
})();
