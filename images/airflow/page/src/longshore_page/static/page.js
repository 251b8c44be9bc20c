// The page "Environments". All data from outside are inserted as text (textContent, value), never as HTML.

import { follow, open } from "./frame.js";
import { action, ask, by, confirmed, focusOn, looked, node, say } from "./parts.js";

const LOOK_MS = { busy: 2000, quiet: 10000 };
const make = by("make");
let rows = [];
let user = "";
let fields = [];
let timer;

function ends(row) {
  if (row.endless) return "never";
  if (!row.expires_at) return "";
  const minutes = Math.round((Date.parse(row.expires_at) - Date.now()) / 60000);
  if (minutes <= 0) return "now";
  if (minutes < 60) return `in ${minutes} min`;
  if (minutes < 48 * 60) return `in ${Math.round(minutes / 60)} h`;
  return `in ${Math.round(minutes / 1440)} days`;
}

async function change(row, verb, body, told) {
  await ask(`environments/${encodeURIComponent(row.name)}/${verb}`, body);
  say(told);
  await look();
}

async function remove(row) {
  by("keep").checked = false;
  if (!(await confirmed(`Delete ${row.name}?`, `${row.name} delete`))) return;
  await change(row, "delete", { keep_schema: by("keep").checked }, `${row.name} is being deleted.`);
}

function actions(row) {
  const found = [];
  if (/^https?:\/\//.test(row.url) && row.phase !== "Deleting") {
    found.push(action(row.name, "open", "Open", { does: async () => open(row.url) }));
  }
  if (!row.mine || row.phase === "Deleting") return found;
  found.push(row.asleep
    ? action(row.name, "rest", "Wake", { does: () => change(row, "wake", {}, `${row.name} wakes up.`) })
    : action(row.name, "rest", "Sleep", { does: () => change(row, "sleep", {}, `${row.name} goes to sleep; its data are kept.`) }));
  if (!row.endless) {
    const does = () => change(row, "extend", { hours: 24 }, `${row.name} is kept a day longer.`);
    found.push(action(row.name, "extend", "+ 1 day", { does }));
  }
  found.push(action(row.name, "delete", "Delete", { danger: true, does: () => remove(row) }));
  return found;
}

function failures(row, opened) {
  if (!row.import_errors.length) return [];
  const many = row.import_errors.length;
  const summary = node("summary", { text: many === 1 ? "1 file cannot be imported" : `${many} files cannot be imported` });
  summary.dataset.key = `${row.name} failures`;
  const list = node("details", { open: opened.has(row.name) }, summary,
    ...row.import_errors.map((each) => node("div", {}, node("code", { text: each.file }), node("pre", { text: each.message }))));
  list.dataset.name = row.name;
  return [list];
}

function line(row, opened) {
  const tr = node("tr", {},
    node("td", {}, node("div", { text: row.name, className: "name" }), node("div", { text: row.owner === user ? "yours" : row.owner, className: "soft" })),
    node("td", { text: row.revision, title: row.repository }),
    node("td", {}, node("span", { text: row.phase, className: `phase ${row.phase}` }), node("div", { text: row.reason, className: "soft" }), ...failures(row, opened)),
    node("td", {}, node("code", { text: row.commit.slice(0, 7), title: row.commit })),
    node("td", { text: ends(row), title: row.expires_at ? new Date(row.expires_at).toLocaleString() : "" }),
    node("td", {}, node("div", { className: "actions" }, ...actions(row))));
  tr.dataset.name = row.name;
  return tr;
}

let drawn = "";

function draw() {
  const shown = by("own").checked ? rows.filter((row) => row.owner === user) : rows;
  const now = JSON.stringify([user, shown.map((row) => [row, ends(row)])]);
  by("empty").hidden = shown.length > 0;
  by("table").hidden = shown.length === 0;
  if (now === drawn) return; // who is reading, or on a button, is not disturbed
  drawn = now;
  const body = by("rows");
  const focused = body.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  const opened = new Set([...body.querySelectorAll("details[open]")].map((each) => each.dataset.name));
  body.replaceChildren(...shown.map((row) => line(row, opened)));
  if (focused) focusOn(focused);
}

let looks = 0;

async function look() {
  clearTimeout(timer);
  const mine = ++looks;
  try {
    const found = await ask("environments");
    if (mine !== looks) return; // a later look has begun
    rows = found;
    looked();
    draw();
  } catch (error) {
    if (mine !== looks) return;
    say(error.message, { bad: true, looking: true });
  }
  const busy = rows.some((row) => ["Pending", "Progressing", "Deleting"].includes(row.phase));
  timer = setTimeout(() => (document.hidden ? undefined : look()), busy ? LOOK_MS.busy : LOOK_MS.quiet);
}

async function listBranches() {
  const note = by("branch-note");
  const repository = make.elements.repository.value;
  note.textContent = "The branches are being fetched.";
  by("branches").replaceChildren();
  try {
    const found = await ask(`branches?repository=${encodeURIComponent(repository)}`);
    if (repository !== make.elements.repository.value) return;
    by("branches").replaceChildren(...found.map((name) => node("option", { value: name })));
    note.textContent = found.length === 1 ? "1 branch; write to search." : `${found.length} branches; write to search.`;
  } catch (error) {
    if (repository === make.elements.repository.value) note.textContent = error.message;
  }
}

// The input of a described field, by its kind. A form that is reset has the defaults again.
function field({ name, label, kind, choices, default: initial }) {
  if (kind === "flag") return node("label", { className: "check" }, node("input", { name, type: "checkbox" }), label);
  const option = ([value, text]) => node("option", { value, text, defaultSelected: value === initial });
  const input = kind === "choice"
    ? node("select", { name }, ...Object.entries(choices).map(option))
    : node("input", { name, type: kind, defaultValue: initial ?? "", autocomplete: "off", spellcheck: false });
  return node("label", {}, `${label} `, input);
}

function chosen() {
  const values = fields.map(({ name, kind }) => {
    const input = make.elements[name];
    if (kind === "flag") return [name, input.checked];
    return [name, kind === "number" && input.value ? Number(input.value) : input.value.trim()];
  });
  return Object.fromEntries(values);
}

async function create(event) {
  event.preventDefault();
  const button = make.querySelector("button.main");
  const { repository, branch, name } = Object.fromEntries(new FormData(make));
  const connections = [...by("connections").querySelectorAll("input:checked")].map((each) => each.value);
  button.disabled = true;
  try {
    const made = await ask("environments", { repository, branch: branch.trim(), name: name.trim(), connections, ...chosen() });
    make.reset();
    listBranches();
    say(`${made.name} is being created; it is up within a minute or so.`);
    await look();
  } catch (error) {
    say(error.message, { bad: true });
  } finally {
    button.disabled = false;
  }
}

async function start() {
  try {
    const form = await ask("form");
    user = form.user;
    make.elements.repository.replaceChildren(...form.repositories.map((url) => node("option", { value: url, text: url })));
    fields = form.fields;
    make.elements.name.closest("label").after(...fields.map(field));
    by("connections").append(...form.connections.map((name) =>
      node("label", { className: "check" }, node("input", { type: "checkbox", value: name }), name)));
    by("connections").hidden = form.connections.length === 0;
    make.hidden = !form.maker;
    if (form.maker) listBranches();
  } catch (error) {
    say(error.message, { bad: true, looking: true });
    setTimeout(start, LOOK_MS.quiet);
    return;
  }
  await look();
}

follow();
make.addEventListener("submit", create);
make.elements.repository.addEventListener("change", listBranches);
by("own").addEventListener("change", draw);
document.addEventListener("visibilitychange", () => { if (user && !document.hidden) look(); });
start();
