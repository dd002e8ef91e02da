/* What a page says when the server does not answer: at once, and again when it is back. */
(function () {
  "use strict";
  const AGAIN_MS = 2000, own = window.fetch.bind(window);
  let asking = null;

  function say(words) {
    const place = document.getElementById("lost-words");
    if (place) place.textContent = words;
  }

  function ask() {
    own("/health").then(
      function (answer) {
        if (answer.status >= 500) return;
        window.clearInterval(asking);
        asking = null;
        say("The server answers again; do once more what you did last.");
        window.setTimeout(function () { say(""); }, 10000);
      },
      function () { /* still away */ }
    );
  }

  function lost() {
    say("The server does not answer. What it has taken goes on when it is back; this page says so.");
    if (asking === null) asking = window.setInterval(ask, AGAIN_MS);
  }

  window.fetch = function (what, how) {
    const ours = String(what && what.url ? what.url : what).includes("_dash-update-component");
    if (!ours) return own(what, how);
    return own(what, how).then(
      function (answer) {
        if (answer.status === 413) say("That is larger than this server takes; send less.");
        else if (answer.status === 401) say("The key is missing or wrong; load the page again.");
        else if (answer.status >= 500) say("The server could not do that; it says why in its log.");
        else if (asking === null) say("");
        return answer;
      },
      function (error) { lost(); throw error; }
    );
  };
})();
