// What a page does beside showing: charts that tell, zoom and link; benchmarks that are filtered and sorted.
// It reads the JSON in the page and nothing else. Text is put in as text, never as HTML.
"use strict";
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const LEFT = 66, RIGHT = 16, TOP = 22, HEIGHT = 150, BELOW = 40; // pixels around and of a chart's plot
  const FEWEST = 3; // runs that a zoom leaves
  const DOTS = 120; // runs from which dots would hide the line
  const source = document.getElementById("data");
  const data = source ? JSON.parse(source.textContent) : { runs: [], charts: [], url: "" };

  function element(parent, name, attributes, text) {
    const made = document.createElementNS(SVG, name);
    for (const key in attributes) made.setAttribute(key, attributes[key]);
    if (text !== undefined) made.textContent = text;
    parent.append(made);
  }
  function html(name, text, more) {
    const made = Object.assign(document.createElement(name), more);
    made.append(text);
    return made;
  }
  const within = (value, low, high) => Math.max(low, Math.min(high, value));

  // Figures as text/quantity.py writes them, round values as render/chart.py finds them.
  const UNITS = [[1, "s"], [1e-3, "ms"], [1e-6, "µs"], [1e-9, "ns"]];
  const unitOf = (seconds) => UNITS.find(([size]) => Math.abs(seconds) >= size * 0.9995) || UNITS[3];
  function duration(seconds) {
    const [size, name] = unitOf(seconds), value = seconds / size;
    const text = value ? value.toFixed(within(2 - Math.floor(Math.log10(Math.abs(value))), 0, 15)) : "0";
    return `${text.includes(".") ? text.replace(/\.?0+$/, "") : text} ${name}`;
  }
  function ticksOf(low, high) {
    const power = 10 ** Math.floor(Math.log10((high - low) / 5));
    const first = (step) => Math.floor(low / step + 1e-9), last = (step) => Math.ceil(high / step - 1e-9);
    const step = [1, 2, 2.5, 5, 10, 20, 25].map((f) => f * power).find((s) => last(s) - first(s) < 6);
    return Array.from({ length: last(step) - first(step) + 1 }, (_, i) => (first(step) + i) * step);
  }
  function labelsOf(ticks) {
    const [size, name] = unitOf(ticks[ticks.length - 1]), step = (ticks[1] - ticks[0]) / size;
    const places = [0, 1, 2, 3, 4, 5].find((p) => Math.abs(step - Number(step.toFixed(p))) <= step * 1e-6) ?? 6;
    return ticks.map((tick) => `${(tick / size).toFixed(places)} ${name}`);
  }

  class Chart {
    constructor(box, chart) {
      Object.assign(this, { box, chart, from: 0, last: chart.v.length - 1, to: chart.v.length - 1, at: null, start: null });
      this.svg = box.querySelector("svg");
      this.readout = box.querySelector(".readout");
      this.reset = box.querySelector("button");
      box.tabIndex = 0;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", `${box.dataset.name}: arrow keys go from run to run, plus and minus zoom, Escape shows all`);
      this.readout.hidden = false;
      this.readout.setAttribute("aria-live", "polite");
      this.say();
      this.reset.addEventListener("click", () => this.whole());
      box.addEventListener("keydown", (event) => this.key(event));
      const on = (name, act) => this.svg.addEventListener(name, act);
      on("pointermove", (event) => this.move(event));
      on("pointerdown", (event) => this.press(event));
      on("pointerup", (event) => this.release(event));
      on("pointercancel", () => this.drag(null));
      on("pointerleave", () => this.pinned || this.point(null));
      on("dblclick", () => this.whole());
      new ResizeObserver(() => this.draw()).observe(box);
    }

    value(list, index) {
      const found = list && list[index];
      return found === null || found === undefined ? null : found * this.chart.u;
    }
    spread(index) {
      const low = this.value(this.chart.l, index), high = this.value(this.chart.h, index);
      return low === null || high === null ? null : [low, high];
    }
    run(index) {
      const [at, sha, subject, dirty] = data.runs[this.chart.r ? this.chart.r[index] : index];
      return { at, sha, subject, dirty };
    }
    x(index) {
      return ((index - this.from) / Math.max(1, this.to - this.from)) * this.width;
    }
    y(seconds) {
      const low = this.ticks[0], high = this.ticks[this.ticks.length - 1];
      return Math.max(-TOP, HEIGHT * (1 - (seconds - low) / (high - low)));
    }
    indexAt(event) {
      const share = (event.clientX - this.svg.getBoundingClientRect().left - LEFT) / Math.max(1, this.width);
      return within(Math.round(this.from + share * (this.to - this.from)), this.from, this.to);
    }

    scale() {
      const values = this.chart.v.slice(this.from, this.to + 1).map((value) => value * this.chart.u);
      const most = 3 * [...values].sort((a, b) => a - b)[Math.floor(0.98 * (values.length - 1))]; // as render/plot.py cuts hiccups
      const shown = values.filter((value, i) => value <= most || i === values.length - 1);
      this.above = values.length - shown.length;
      let low = Math.min(...shown, ...values.map((_, i) => this.spread(this.from + i)?.[0] ?? Infinity)), high = Math.max(...shown);
      const middle = (low + high) / 2, least = middle * 0.2; // noise of 2 % looks like 2 %
      if (high - low < least) [low, high] = [middle - least / 2, middle + least / 2];
      for (const [level] of this.chart.t || []) { // a level that would flatten the series is left out
        if (Math.max(high, level) - Math.min(low, level) <= 2 * (high - low)) [low, high] = [Math.min(low, level), Math.max(high, level)];
      }
      return ticksOf(low, high);
    }
    draw() {
      const { chart, svg, from, to } = this, room = Math.round(this.box.clientWidth);
      if (!room) return;
      this.width = room - LEFT - RIGHT;
      this.ticks = this.scale();
      const whole = { x: -LEFT, y: -TOP, width: room, height: HEIGHT + TOP + BELOW };
      svg.setAttribute("viewBox", `${whole.x} ${whole.y} ${whole.width} ${whole.height}`);
      svg.replaceChildren();
      element(svg, "rect", { ...whole, fill: "transparent" });
      const labels = labelsOf(this.ticks);
      this.ticks.forEach((tick, i) => {
        element(svg, "line", { class: "grid", x1: 0, x2: this.width, y1: this.y(tick), y2: this.y(tick) });
        element(svg, "text", { x: -8, y: this.y(tick) + 4, "text-anchor": "end" }, labels[i]);
      });
      this.axis();
      const top = [], bottom = [], line = [];
      for (let i = from; i <= to; i += 1) {
        const x = this.x(i).toFixed(1), spread = this.spread(i);
        line.push(`${x},${this.y(this.value(chart.v, i)).toFixed(1)}`);
        if (spread) top.push(`${x},${this.y(spread[1]).toFixed(1)}`);
        if (spread) bottom.unshift(`${x},${this.y(spread[0]).toFixed(1)}`);
      }
      if (top.length > 1) element(svg, "polygon", { class: "band", points: [...top, ...bottom].join(" ") });
      this.marks();
      element(svg, "polyline", { class: "series", points: line.join(" ") });
      if (to - from < DOTS) element(svg, "path", { class: "dots", d: line.map((point) => `M${point}h0`).join("") });
      element(svg, "g", {});
      this.cursor = svg.lastChild;
      element(svg, "rect", { class: "range", y: 0, height: HEIGHT, width: 0 });
      this.over = svg.lastChild;
      this.show();
      this.say();
    }
    axis() {
      const count = within(Math.floor(this.width / 115), 2, this.to - this.from + 1);
      for (let k = 0; k < count; k += 1) {
        const index = Math.round(this.from + ((this.to - this.from) * k) / (count - 1)), x = this.x(index);
        const { at, sha } = this.run(index), anchor = k === 0 ? "start" : k === count - 1 ? "end" : "middle";
        element(this.svg, "line", { class: "grid", x1: x, x2: x, y1: HEIGHT, y2: HEIGHT + 5 });
        element(this.svg, "text", { x, y: HEIGHT + 18, "text-anchor": anchor }, at.slice(0, 10));
        element(this.svg, "text", { x, y: HEIGHT + 33, "text-anchor": anchor }, sha.slice(0, 8));
      }
    }
    marks() {
      const { chart, svg, ticks, width } = this;
      for (const [value, kind, text, since] of chart.t || []) {
        if (value < ticks[0] || value > ticks[ticks.length - 1] || since > this.to) continue;
        const y = this.y(value);
        element(svg, "line", { class: kind, x1: this.x(Math.max(since, this.from)), x2: width, y1: y, y2: y });
        element(svg, "text", { class: `${kind}-name`, x: width, y: y - 4, "text-anchor": "end" }, text);
      }
      let free = -Infinity; // labels don't lie on one another
      for (const [index, kind, text] of chart.m || []) {
        if (index < this.from || index > this.to) continue;
        const x = this.x(index), y = this.y(this.value(chart.v, index));
        if (kind === "culprit") element(svg, "path", { class: kind, d: `M${x} ${y - 8}l7 8l-7 8l-7 -8z` });
        else element(svg, "line", { class: kind, x1: x, x2: x, y1: -6, y2: HEIGHT });
        if (kind === "culprit" || x < free) continue;
        element(svg, "text", { class: `${kind}-name`, x, y: -9, "text-anchor": x > width - 30 ? "end" : x < 30 ? "start" : "middle" }, text);
        free = x + 52;
      }
    }

    point(index) {
      this.at = index;
      this.show();
      this.say();
    }
    show() {
      if (!this.cursor) return;
      this.cursor.replaceChildren();
      if (this.at === null) return;
      const x = this.x(this.at), y = this.y(this.value(this.chart.v, this.at));
      element(this.cursor, "line", { class: "cursor", x1: x, x2: x, y1: 0, y2: HEIGHT });
      element(this.cursor, "circle", { class: "dot", cx: x, cy: y, r: 5 });
    }
    say() {
      const runs = this.last + 1;
      if (this.at === null) {
        const above = this.above ? ` (${this.above} above the chart)` : "";
        this.readout.replaceChildren(`${this.to - this.from + 1} of ${runs} runs${above}${this.chart.l ? ", the band from fastest round to P95" : ""}. Point at one, drag or press + to zoom.`);
        return;
      }
      const { at, sha, subject, dirty } = this.run(this.at), spread = this.spread(this.at), short = sha.slice(0, 8);
      const linked = data.url.startsWith("https://") && /^[0-9a-f]{7,64}$/.test(sha);
      const known = (this.chart.m || []).filter(([index]) => index === this.at).map(([, , , text]) => ` · ${text}`);
      this.readout.replaceChildren(
        html("strong", duration(this.value(this.chart.v, this.at))),
        spread ? ` (rounds ${spread.map(duration).join(" to ")})` : "",
        ` · ${at.replace("T", " ")} · run ${this.at + 1} of ${runs}${sha && " · "}`,
        linked ? html("a", short, { href: data.url + sha, rel: "noopener noreferrer" }) : short,
        `${dirty ? " with uncommitted changes" : ""} ${subject}`,
        ...known,
      );
    }

    zoom(from, to) {
      const least = Math.min(FEWEST - 1, this.last);
      this.from = within(from, 0, this.last - least);
      this.to = within(to, this.from + least, this.last);
      this.reset.hidden = this.from === 0 && this.to === this.last;
      if (this.at !== null) this.at = within(this.at, this.from, this.to);
      this.draw();
    }
    whole() {
      this.pinned = false;
      this.at = null;
      this.zoom(0, this.last);
    }
    key(event) {
      if (event.target !== this.box || event.ctrlKey || event.metaKey || event.altKey) return;
      const { from, to } = this, at = this.at === null ? to : this.at, step = event.shiftKey ? 10 : 1;
      const go = (wanted) => {
        const index = within(wanted, 0, this.last), shift = Math.min(0, index - from) + Math.max(0, index - to);
        if (shift) this.zoom(from + shift, to + shift);
        this.point(index);
      };
      const by = (factor) => this.zoom(Math.round(at - (at - from) * factor), Math.round(at + (to - at) * factor));
      const actions = {
        ArrowLeft: () => go(this.at === null ? to : at - step), ArrowRight: () => go(at + step), Home: () => go(from), End: () => go(to),
        "+": () => by(0.5), "=": () => by(0.5), "-": () => by(2), Escape: () => this.whole(),
      };
      if (!actions[event.key]) return;
      event.preventDefault();
      actions[event.key]();
    }
    move(event) {
      if (this.start !== null) this.drag(this.indexAt(event));
      else if (!this.pinned && event.pointerType !== "touch") this.point(this.indexAt(event));
    }
    press(event) {
      if (event.button) return;
      this.start = this.indexAt(event);
      this.svg.setPointerCapture(event.pointerId);
    }
    drag(index) {
      const [a, b] = index === null ? [0, 0] : [this.x(index), this.x(this.start)];
      this.over.setAttribute("x", Math.min(a, b));
      this.over.setAttribute("width", Math.abs(a - b));
      if (index === null) this.start = null;
    }
    release(event) {
      if (this.start === null) return;
      const [from, to] = [this.start, this.indexAt(event)].sort((a, b) => a - b);
      this.drag(null);
      if (this.x(to) - this.x(from) > 8) return void this.zoom(from, to);
      this.pinned = !this.pinned || this.at !== from; // so that its link can be reached
      this.point(from);
    }
  }

  // Charts are drawn anew when they come near: of hundreds, a reader sees a few.
  const charts = new Map(data.charts.map((chart) => [chart.k, chart]));
  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      new Chart(target, charts.get(target.id));
    }
  }, { rootMargin: "300px" });
  for (const box of document.querySelectorAll(".plot")) if (charts.has(box.id)) near.observe(box);

  const table = document.getElementById("benchmarks"), tools = document.querySelector(".tools");
  const rows = table ? [...table.tBodies[0].rows] : [], cards = [...document.querySelectorAll(".cards > .card")];
  function filter() {
    const [words, news] = [...tools.querySelectorAll("input")].map((input) => (input.type === "search" ? input.value.toLowerCase().split(/\s+/) : input.checked));
    for (const one of [...rows, ...cards]) one.hidden = (news && !("news" in one.dataset)) || !words.every((word) => one.dataset.name.includes(word));
    const counted = rows.length ? rows : cards;
    tools.querySelector("output").textContent = `${counted.filter((one) => !one.hidden).length} of ${counted.length} benchmarks`;
  }
  if (tools) {
    tools.hidden = false;
    tools.addEventListener("input", filter);
    filter();
  }
  function sortBy(column, head) {
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const key = (row) => row.cells[column].dataset.v ?? row.cells[column].textContent;
    const order = (a, b) => (isNaN(a) || isNaN(b) ? a.localeCompare(b) : a - b) * (down ? -1 : 1);
    const sorted = rows.map((row) => [key(row), row]).sort(([a], [b]) => (a === "") - (b === "") || order(a, b)); // what is unknown comes last
    table.tBodies[0].append(...sorted.map(([, row]) => row));
  }
  for (const [column, head] of table ? [...table.tHead.rows[0].cells].entries() : []) {
    if ("fixed" in head.dataset) continue;
    const button = html("button", head.textContent, { type: "button", onclick: () => sortBy(column, head) });
    head.replaceChildren(button);
  }
})();
