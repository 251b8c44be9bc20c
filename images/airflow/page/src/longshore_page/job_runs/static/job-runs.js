// The page "Job runs". All data from outside are inserted as text (textContent, value), never as HTML.

import { follow, open } from "./frame.js";
import { action, ask, by, confirmed, focusOn, looked, node, say } from "./parts.js";

const LOOK_MS = { busy: 3000, quiet: 10000 };
const WRITING_MS = 300;
const ENDED = ["COMPLETED", "FAILED", "CANCELLED"];
let found = { rows: [], next: null, looked_at: 0 };
let counts = null;
let clusters = [];
let token = null; // of the page that is shown; null: the newest
let chosen = new Set();
let timer;

function since(start, end) {
  const seconds = Math.max(0, Math.round((end - start) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

const safe = (url) => /^https?:\/\//.test(url);

function actions(row) {
  const made = [];
  if (row.task_path) {
    const page = new URL(`../${row.task_path}`, location.href).href;
    made.push(action(row.id, "task", "Task", { does: async () => open(page) }));
  }
  if (row.may_read_log) {
    const path = `job-runs/${encodeURIComponent(row.cluster)}/${encodeURIComponent(row.id)}/log`;
    made.push(action(row.id, "log", "Log", { does: async () => {
      const { url } = await ask(path);
      if (safe(url)) open(url);
    } }));
  }
  if (safe(row.history)) made.push(action(row.id, "history", "History", { does: async () => open(row.history) }));
  if (row.may_cancel) made.push(action(row.id, "cancel", "Cancel", { danger: true, does: () => cancel(row) }));
  return made;
}

async function cancel(row) {
  if (!(await confirmed(`Cancel ${row.name || row.id}?`, `${row.id} cancel`))) return;
  await ask(`job-runs/${encodeURIComponent(row.cluster)}/${encodeURIComponent(row.id)}/cancel`, {});
  say(`The job run ${row.id} is being cancelled.`);
  await look();
}

function line(row) {
  const created = Date.parse(row.created_at);
  const end = row.finished_at ? Date.parse(row.finished_at) : Date.now();
  const waits = ["PENDING", "SUBMITTED"].includes(row.state);
  const tr = node("tr", {},
    node("td", {}, node("div", { text: row.name || row.id, className: "name", title: row.task }), node("code", { text: row.id, className: "soft" })),
    node("td", {}, node("span", { text: row.state, className: `phase ${row.state}` }),
      node("div", { text: [row.attempt && `attempt ${row.attempt}`, row.details].filter(Boolean).join(": "), className: "soft" })),
    node("td", { text: row.owner }),
    node("td", { text: new Date(created).toLocaleString(), title: row.created_at }),
    node("td", { text: `${since(created, end)}${waits ? " waiting" : ""}` }),
    node("td", {}, node("div", { className: "actions" }, ...actions(row))));
  tr.dataset.id = row.id;
  return tr;
}

function drawStates() {
  for (const button of by("states").children) {
    const state = button.dataset.state;
    button.setAttribute("aria-pressed", String(chosen.has(state)));
    const number = counts?.[state];
    button.lastChild.textContent = number === undefined ? "" : String(number);
  }
}

let drawn = "";

function draw() {
  drawStates();
  by("empty").hidden = found.rows.length > 0;
  by("table").hidden = found.rows.length === 0;
  by("newest").hidden = token === null;
  by("next").hidden = found.next === null;
  const searched = by("text").value.trim() ? `${found.rows.length} found among ${found.looked_at} job runs` : "";
  by("place").textContent = searched;
  const going = found.rows.some((row) => !ENDED.includes(row.state));
  const now = JSON.stringify([found.rows, going ? Math.round(Date.now() / 1000) : 0]);
  if (now === drawn) return; // who is reading, or on a button, is not disturbed
  drawn = now;
  const body = by("rows");
  const focused = body.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  body.replaceChildren(...found.rows.map(line));
  if (focused) focusOn(focused);
}

let looks = 0;

async function look() {
  clearTimeout(timer);
  const mine = ++looks;
  const cluster = by("cluster").value;
  const query = new URLSearchParams({ cluster, text: by("text").value.trim() });
  for (const state of chosen) query.append("state", state);
  if (token !== null) query.set("token", token);
  try {
    const [rows, numbers] = await Promise.all([
      ask(`job-runs?${query}`), ask(`queue?${new URLSearchParams({ cluster })}`).catch(() => null)]);
    if (mine !== looks) return; // a later look has begun
    found = rows;
    counts = numbers;
    looked();
    draw();
  } catch (error) {
    if (mine !== looks) return;
    say(error.message, { bad: true, looking: true });
  }
  const busy = found.rows.some((row) => !ENDED.includes(row.state));
  timer = setTimeout(() => (document.hidden ? undefined : look()), busy ? LOOK_MS.busy : LOOK_MS.quiet);
}

function again() {
  token = null;
  return look();
}

function stateButton(state) {
  const button = node("button", { type: "button" }, node("span", { text: state, className: `phase ${state}` }), node("b"));
  button.dataset.state = state;
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    if (!chosen.delete(state)) chosen.add(state);
    drawStates();
    again();
  });
  return button;
}

async function start() {
  try {
    const form = await ask("form");
    clusters = form.clusters;
    by("cluster").replaceChildren(...clusters.map(([id, name]) =>
      node("option", { value: id, text: name === id ? id : `${name} (${id})`, selected: id === form.own })));
    by("cluster-label").hidden = clusters.length < 2;
    by("states").replaceChildren(...form.states.map(stateButton));
  } catch (error) {
    say(error.message, { bad: true, looking: true });
    setTimeout(start, LOOK_MS.quiet);
    return;
  }
  await look();
}

let writing;
follow();
by("text").addEventListener("input", () => { clearTimeout(writing); writing = setTimeout(again, WRITING_MS); });
by("cluster").addEventListener("change", again);
by("newest").addEventListener("click", again);
by("next").addEventListener("click", () => { token = found.next; look(); });
document.addEventListener("visibilitychange", () => { if (clusters.length && !document.hidden) look(); });
start();
