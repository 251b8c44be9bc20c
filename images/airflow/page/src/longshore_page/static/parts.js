// What the scripts of the pages share. All data from outside are inserted as text, never as HTML.

export const by = (id) => document.getElementById(id);

export function node(tag, { text = "", className = "", ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(tag), { className, ...properties });
  if (text) made.textContent = text;
  made.append(...children);
  return made;
}

export async function ask(path, body) {
  const options = body === undefined ? {} : {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  };
  let response;
  try {
    response = await fetch(`api/${path}`, { credentials: "same-origin", ...options });
  } catch {
    throw new Error("Airflow does not answer; the page keeps trying.");
  }
  const answer = await response.json().catch(() => null);
  if (response.ok) return answer;
  if (response.status === 401) throw new Error("You are not signed in any more; reload Airflow's page.");
  const detail = answer && typeof answer.detail === "string" ? answer.detail : `Airflow answers ${response.status}.`;
  throw new Error(detail);
}

let ofLooking = false;

export function say(text, { bad = false, looking = false } = {}) {
  ofLooking = looking;
  const message = by("message");
  message.textContent = text;
  message.className = bad ? "bad" : "";
  message.hidden = !text;
}

// A look has succeeded: the message of one that has failed goes.
export function looked() {
  if (ofLooking) say("");
}

// A button that is named after its row, and keeps the keyboard's focus while it works.
export function action(name, key, text, { danger = false, does }) {
  const button = node("button", { type: "button", text, className: danger ? "danger" : "" });
  button.dataset.key = `${name} ${key}`;
  button.setAttribute("aria-label", `${text} ${name}`);
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-disabled")) return;
    button.setAttribute("aria-disabled", "true"); // one that is disabled would lose the keyboard's focus
    try {
      await does();
    } catch (error) {
      say(error.message, { bad: true });
    } finally {
      button.removeAttribute("aria-disabled");
    }
  });
  return button;
}

export function focusOn(key) {
  [...by("rows").querySelectorAll("[data-key]")].find((each) => each.dataset.key === key)?.focus();
}

// Shows the dialog, and returns whether the user confirms. The table may be drawn anew meanwhile.
export async function confirmed(title, key) {
  const dialog = by("confirm");
  by("confirm-title").textContent = title;
  dialog.returnValue = "no";
  dialog.showModal();
  await new Promise((closed) => dialog.addEventListener("close", closed, { once: true }));
  focusOn(key);
  return dialog.returnValue === "yes";
}
