/* The picture of ports: a small battery for each, filled with what its vehicle has got by the time that the slider says. */
(function () {
  "use strict";
  const FAST = 0.6; // of the most power that any vehicle has in the plan
  const TICK_MS = 400; // between steps while it plays
  let data = null, cells = [], most = 1, playing = null;

  function element(kind, name, parent) {
    const made = document.createElement(kind);
    made.className = name;
    parent.appendChild(made);
    return made;
  }

  function build(list) {
    list.replaceChildren();
    list.classList.toggle("many", data.ports > 600);
    cells = [];
    for (let port = 1; port <= data.ports; port++) {
      const item = element("li", "port", list), shown = element("div", "cell", item);
      shown.setAttribute("role", "img");
      const battery = element("span", "battery", shown), fill = element("span", "fill", battery);
      const kw = element("span", "kw", shown);
      element("span", "number", shown).textContent = port;
      cells.push({ shown, fill, kw, who: element("span", "who", shown), stays: [] });
    }
    most = 0.1;
    for (const one of data.sessions) {
      cells[one.port - 1].stays.push(one);
      for (const kw of one.kw) most = Math.max(most, kw);
    }
  }

  function energy(one, step) {
    const k = Math.min(step - one.first, one.kwh.length) - 1;
    return k < 0 ? 0 : one.kwh[k];
  }

  function paint(cell, port, step) {
    const one = cell.stays.find((stay) => stay.come < step + 1 && stay.leave > step && (stay.come <= step || stay.first === step));
    if (!one) {
      if (cell.shown.dataset.state !== "free") {
        cell.shown.dataset.state = "free";
        cell.fill.style.transform = "scaleY(0)";
        cell.kw.textContent = cell.who.textContent = "";
        cell.shown.setAttribute("aria-label", "Port " + port + ": free");
      }
      return null;
    }
    const kwh = energy(one, step), share = one.asked > 0 ? Math.min(1, Math.max(0, kwh / one.asked)) : 1;
    const kw = step - one.first < one.kw.length && step >= one.first ? one.kw[step - one.first] : 0;
    const state = kw < -0.05 ? "gives" : kw < 0.05 ? (share > 0.9995 ? "done" : "rests") : kw < FAST * most ? "low" : "high";
    cell.shown.dataset.state = state;
    cell.fill.style.transform = "scaleY(" + share.toFixed(4) + ")";
    cell.kw.textContent = kw.toFixed(1) + " kW";
    if (cell.who.textContent !== one.id) cell.who.textContent = one.id;
    cell.shown.setAttribute("aria-label", "Port " + port + ": " + one.id + ", " + Math.round(100 * share) + " % of " + one.asked.toFixed(1) +
      " kWh, " + kw.toFixed(1) + " kW");
    cell.shown.dataset.kwh = kwh.toFixed(3);
    return kw;
  }

  function draw() {
    const slider = document.getElementById("time"), step = Number(slider.value);
    let busy = 0, charging = 0;
    cells.forEach((cell, i) => {
      const kw = paint(cell, i + 1, step);
      if (kw === null) return;
      busy += 1;
      charging += Math.abs(kw) >= 0.05 ? 1 : 0;
    });
    const words = data.times[step] + ": " + busy + " of " + data.ports + " ports in use, " + charging + " charging, " +
      data.kw[step].toFixed(1) + " kW";
    slider.setAttribute("aria-valuetext", words);
    document.getElementById("live-words").textContent = words;
  }

  /* A slider of the page itself: one that the framework keeps would pass every move through all that it keeps. */
  function slide(place) {
    const label = element("label", "", place), slider = document.createElement("input");
    label.textContent = "Time";
    label.htmlFor = slider.id = "time";
    Object.assign(slider, { type: "range", min: 0, max: data.times.length - 1, step: 1 });
    slider.value = data.begin;
    slider.addEventListener("input", draw);
    place.appendChild(slider);
  }

  function play(on) {
    window.clearInterval(playing);
    playing = on ? window.setInterval(tick, TICK_MS) : null;
    const button = document.getElementById("play");
    if (button) button.textContent = on ? "Pause" : "Play";
  }

  function tick() {
    const slider = document.getElementById("time");
    if (!slider) return play(false);
    slider.value = Number(slider.value) >= Number(slider.max) ? 0 : Number(slider.value) + 1;
    draw();
  }

  function show(given) {
    const list = document.getElementById("ports"), place = document.getElementById("slide");
    if (!given || !list || (given === data && list.firstChild)) return null;
    data = given;
    play(false);
    place.replaceChildren();
    slide(place);
    build(list);
    draw();
    return data.id;
  }

  document.addEventListener("click", (event) => {
    if (event.target.id === "play" && data) play(playing === null);
  });
  window.dash_clientside = Object.assign({}, window.dash_clientside, { live: { show } });
})();
