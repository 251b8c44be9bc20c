// The frame in which Airflow shows the page; both have the same origin.

// The frame must not open windows, but a link in Airflow's own document may.
export function open(url) {
  let target = document;
  try {
    if (window.parent !== window && window.parent.document.body) target = window.parent.document;
  } catch { /* another site's frame */ }
  const link = target.createElement("a");
  Object.assign(link, { href: url, target: "_blank", rel: "noopener noreferrer" });
  target.body.append(link);
  link.click();
  link.remove();
}

// The page uses the colours that Airflow is set to.
export function follow() {
  try {
    const outer = window.parent.document.documentElement;
    if (window.parent === window) return;
    const set = () => {
      const mode = ["dark", "light"].find((each) => outer.classList.contains(each));
      if (mode) document.documentElement.dataset.mode = mode;
    };
    new MutationObserver(set).observe(outer, { attributes: true, attributeFilter: ["class"] });
    set();
  } catch { /* another site's frame: the system's mode */ }
}
