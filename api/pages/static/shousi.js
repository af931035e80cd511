// What makes the pages faster to use. Each of them works without it.
"use strict";

const form = document.getElementById("solution");
const source = document.getElementById("source");

// ---- keys -------------------------------------------------------------------------------------
const press = (id) => document.getElementById(id)?.click();
const showPane = (number) => {
  const pane = document.getElementById(`p${number}`);
  if (pane) pane.checked = true;
};

document.addEventListener("keydown", (event) => {
  const command = event.ctrlKey || event.metaKey;
  if (form && command && event.key === "Enter") {
    event.preventDefault();
    press("submit");
  } else if (form && command && event.key === "'") {
    event.preventDefault();
    press("run");
  } else if (form && event.altKey && "123".includes(event.key)) {
    event.preventDefault();
    showPane(event.key);
    [document.querySelector(".left"), source, document.getElementById("panel")][
      Number(event.key) - 1
    ].focus();
  } else if (!command && !event.altKey && !event.target.closest("input, textarea, select")) {
    if (event.key === "/") {
      event.preventDefault();
      const search = document.getElementById("q");
      if (search) search.focus();
      else location.href = "/problems#q";
    } else if (event.key === "?") {
      document.getElementById("keys")?.togglePopover();
    }
  }
});

// ---- the verdict panel ------------------------------------------------------------------------
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target !== form) return;
  showPane(3);
  document.getElementById("panel").scrollTop = 0;
});

// A place that a compiler names is shown in the editor.
document.addEventListener("click", (event) => {
  const place = event.target.closest("#live [data-line]");
  if (!place || !source) return;
  event.preventDefault();
  const lines = source.value.split("\n");
  const line = Math.min(Number(place.dataset.line), lines.length);
  const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  showPane(2);
  source.focus();
  source.setSelectionRange(start, start + lines[line - 1].length);
});

// ---- a draft for each problem and language, kept in this browser ------------------------------
if (form) {
  const language = document.getElementById("language");
  const kept = document.getElementById("draft-kept");
  const templates = JSON.parse(document.getElementById("templates").textContent);
  const key = (id) => `draft/${form.dataset.user}/${form.dataset.slug}/${id}`;
  let current = language.value;
  let timer = 0;

  const read = (id) => {
    try {
      return localStorage.getItem(key(id));
    } catch {
      return null; // storage may be forbidden
    }
  };
  const keep = () => {
    try {
      if (source.value === (templates[current] ?? "")) localStorage.removeItem(key(current));
      else localStorage.setItem(key(current), source.value);
      kept.hidden = false;
    } catch {
      kept.hidden = true;
    }
  };

  if (form.dataset.shows === "template") {
    const draft = read(current);
    if (draft !== null) {
      source.value = draft;
      kept.hidden = false;
    }
  }
  source.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(keep, 400);
  });
  addEventListener("pagehide", () => {
    if (timer) keep();
  });
  language.addEventListener("change", () => {
    keep();
    current = language.value;
    source.value = read(current) ?? templates[current] ?? "";
  });
  document.getElementById("take-template").addEventListener("click", (event) => {
    event.preventDefault();
    source.value = templates[current] ?? "";
    keep();
  });
}
