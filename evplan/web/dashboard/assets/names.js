/* Names that components have no property for: of the inputs of files; and choices as the radio buttons that they are. */
(function () {
  "use strict";
  function name() {
    for (const input of document.querySelectorAll("[data-file] input[type=file]:not([aria-label])"))
      input.setAttribute("aria-label", input.closest("[data-file]").dataset.file);
    for (const list of document.querySelectorAll(".choice[role=listbox]")) list.removeAttribute("role");
    for (const option of document.querySelectorAll(".choice [role=option]")) {
      option.removeAttribute("role");
      option.removeAttribute("aria-selected");
    }
  }
  new MutationObserver(name).observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["aria-selected"] });
})();
