/* What a page says when the server does not answer: at once, and again when it is back. */
(function () {
  "use strict";
  const WORDS = {
    401: "The key is missing or wrong; load the page again.",
    413: "That is larger than this server takes; send less.",
  };
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

  function judge(answer) {
    const words = WORDS[answer.status] || (answer.status >= 500 ? "The server could not do that; its log says why." : "");
    if (words || asking === null) say(words);
    return words ? nothing() : answer;
  }

  /* An answer that changes nothing: after it buttons that wait for one can be pressed again. */
  function nothing() {
    return new Response(null, { status: 204 });
  }

  window.fetch = function (what, how) {
    const ours = String(what && what.url ? what.url : what).includes("_dash-update-component");
    return ours ? own(what, how).then(judge, function () { lost(); return nothing(); }) : own(what, how);
  };

  /* Takes away what a failed callback has told; a button that has just come was not pressed. */
  function close(pressed) {
    return pressed ? [] : window.dash_clientside.no_update;
  }
  window.dash_clientside = Object.assign({}, window.dash_clientside, { lost: { close } });
})();
