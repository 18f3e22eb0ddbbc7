// Sorting, filtering and hovering in plain JavaScript: less than any library would bring along, with
// nothing to fetch or to keep up to date. Without it, the page still shows all that it says.
"use strict";

function sortable(table) {
  table.querySelectorAll("thead th").forEach((head, column) => {
    const button = document.createElement("button");
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      table.querySelectorAll("th[aria-sort]").forEach((th) => th.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
      const rows = [...table.tBodies[0].rows].sort((a, b) => compare(key(a), key(b), down));
      table.tBodies[0].append(...rows);
    });
  });
}

function compare(a, b, down) {
  if (!a || !b) return !a - !b; // what is missing comes last
  const order = isNaN(a) || isNaN(b) ? a.localeCompare(b, "en", { numeric: true }) : a - b;
  return down ? -order : order;
}

function filterable(form) {
  const rows = [...document.getElementById(form.dataset.table).tBodies[0].rows];
  const show = () => {
    const words = form.elements.words.value.toLowerCase().split(/\s+/);
    const chosen = [...form.querySelectorAll("select")].filter((select) => select.value);
    let count = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const kept = words.every((word) => text.includes(word))
        && chosen.every((s) => row.cells[s.dataset.column].textContent.trim() === s.value);
      row.hidden = !kept;
      count += kept;
    }
    form.querySelector("output").textContent = `${count} of ${rows.length} shown`;
  };
  for (const kind of ["input", "change"]) form.addEventListener(kind, show);
  form.addEventListener("submit", (event) => event.preventDefault());
  show();
}

const W = 300, H = 190, LEFT = 34, BOTTOM = 24, TOP = 18;

function svg(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// The curves of a figure at one Pr(sparse): the median of the runs, and a band from the lowest to
// the highest run.
function panel(models, sparsity, metric, low, high, tell) {
  const shown = models.filter((m) => m.curves[sparsity]?.[metric]);
  const epochs = shown[0].curves[sparsity].epoch, last = epochs[epochs.length - 1];
  const x = (epoch) => LEFT + (epoch / last) * (W - LEFT - 6);
  const y = (value) => H - BOTTOM - ((value - low) / (high - low)) * (H - BOTTOM - TOP);
  const root = svg("svg", { viewBox: `0 0 ${W} ${H}`, tabindex: 0, role: "img" });
  root.setAttribute("aria-label", `Curves at Pr(sparse) = ${sparsity}; arrow keys move the epoch`);
  root.append(svg("text", { x: LEFT, y: 11 }, `Pr(sparse) = ${sparsity}`));
  for (let i = 0; i <= 4; i++) {
    const value = low + ((high - low) * i) / 4;
    root.append(svg("line", { class: "grid", x1: LEFT, x2: W, y1: y(value), y2: y(value) }));
    const text = +value.toPrecision(2);
    root.append(svg("text", { x: LEFT - 4, y: y(value) + 4, "text-anchor": "end" }, text));
  }
  root.append(svg("text", { x: LEFT, y: H - 8 }, "0"));
  root.append(svg("text", { x: W - 6, y: H - 8, "text-anchor": "end" }, `epoch ${last}`));
  for (const model of shown) {
    const [median, lowest, highest] = model.curves[sparsity][metric];
    const points = (values) => values.flatMap((v, i) => (v === null ? [] : [`${x(epochs[i])},${y(v)}`]));
    const band = [...points(highest), ...points(lowest).reverse()].join(" ");
    root.append(svg("polygon", { points: band, fill: model.colour, opacity: 0.18 }));
    const look = { fill: "none", stroke: model.colour, "stroke-width": 2 };
    const line = { ...look, points: points(median).join(" "), "stroke-dasharray": model.dash };
    root.append(svg("polyline", line));
  }
  const cursor = svg("line", { class: "cursor", y1: TOP, y2: H - BOTTOM, visibility: "hidden" });
  root.append(cursor);
  let at = epochs.length - 1;
  const move = (position) => {
    at = Math.max(0, Math.min(epochs.length - 1, position));
    for (const end of ["x1", "x2"]) cursor.setAttribute(end, x(epochs[at]));
    cursor.setAttribute("visibility", "visible");
    const values = shown.map((m) => {
      const [median, lowest, highest] = m.curves[sparsity][metric].map((v) => v[at]?.toFixed(3) ?? "–");
      return `${m.label} ${median} (runs from ${lowest} to ${highest})`;
    });
    tell(`Pr(sparse) = ${sparsity}, epoch ${epochs[at]}: ${values.join("; ")}`);
  };
  root.addEventListener("pointermove", (event) => {
    const box = root.getBoundingClientRect();
    const epoch = ((((event.clientX - box.left) / box.width) * W - LEFT) / (W - LEFT - 6)) * last;
    move(Math.round((epoch / last) * (epochs.length - 1)));
  });
  root.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) { event.preventDefault(); move(at + step); }
  });
  return root;
}

function chart(place, figure, curves) {
  const models = figure.models.map((m) => ({ ...m, curves: curves[m.model] ?? {} }));
  const select = document.createElement("select");
  for (const [metric, title] of Object.entries(figure.metrics)) select.add(new Option(title, metric));
  const label = document.createElement("label");
  label.append("Shown: ", select);
  const panels = document.createElement("div"), said = document.createElement("output");
  panels.className = "panels";
  const draw = () => {
    const metric = select.value;
    const sparsities = [...new Set(models.flatMap((m) => Object.keys(m.curves)))].sort();
    const ends = models.flatMap((m) => Object.values(m.curves).flatMap((c) => c[metric] ?? []));
    const high = metric === "loss" ? Math.max(...ends.flat()) : 1; // null counts as 0
    const low = metric === "loss" ? Math.min(...ends.flat()) : 0;
    const tell = (text) => { said.textContent = text; };
    panels.replaceChildren(...sparsities.map((s) => panel(models, s, metric, low, high, tell)));
    tell("Hover a panel, or move through it with the arrow keys.");
  };
  select.addEventListener("change", draw);
  place.append(label, panels, said);
  draw();
}

document.querySelectorAll("table.sortable").forEach(sortable);
document.querySelectorAll("form.filters").forEach(filterable);
const data = JSON.parse(document.getElementById("curves").textContent);
document.querySelectorAll("details[data-figure]").forEach((details) => {
  const draw = () => chart(details, data.figures[details.dataset.figure], data.curves);
  details.addEventListener("toggle", draw, { once: true });
});
// A link into a closed part of the page opens it.
const open = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let node = target; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
  target?.scrollIntoView();
};
addEventListener("hashchange", open);
if (location.hash) open();
