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
    [document.querySelector(".left"), editor, document.getElementById("panel")][
      Number(event.key) - 1
    ].focus();
  } else if (!command && !event.altKey && !event.target.closest("input, textarea, select, [contenteditable]")) {
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

// ---- how long one has to wait -----------------------------------------------------------------
setInterval(() => {
  for (const told of document.querySelectorAll("[data-wait]")) {
    const left = Number(told.dataset.wait) - 1;
    told.dataset.wait = left;
    told.textContent = left > 0 ? told.textContent.replace(/\d+/, left) : told.dataset.over;
    if (left <= 0) told.removeAttribute("data-wait");
  }
}, 1000);

// ---- a package dropped on the form that sends it ----------------------------------------------
const drop = document.querySelector(".drop");
for (const type of ["dragover", "dragleave", "drop"]) {
  drop?.addEventListener(type, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", type === "dragover");
    if (type === "drop") drop.querySelector("input[type=file]").files = event.dataTransfer.files;
  });
}

// ---- the verdict panel ------------------------------------------------------------------------
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target !== form) return;
  showPane(3);
  document.getElementById("panel").scrollTop = 0;
});

// ---- the editor: CodeMirror once it is here, the text area until then -------------------------
const templates = form ? JSON.parse(document.getElementById("templates").textContent) : {};
const language = document.getElementById("language");
let editor = {
  focus: () => source.focus(),
  show: (text) => {
    source.value = text;
  },
  speak: () => {},
  select(line) {
    const lines = source.value.split("\n");
    const last = Math.min(line, lines.length);
    const start = lines.slice(0, last - 1).reduce((sum, text) => sum + text.length + 1, 0);
    source.focus();
    source.setSelectionRange(start, start + lines[last - 1].length);
  },
  mark: () => {},
};

if (form) {
  const live = document.getElementById("live");
  const markLines = () =>
    editor.mark(
      [...live.querySelectorAll("[data-message]")].map(({ dataset }) => ({
        line: Number(dataset.line),
        message: dataset.message,
      })),
    );
  new MutationObserver(markLines).observe(live, { childList: true, subtree: true });

  // Fetched once the text area is seen: on a phone that is when "Code" is chosen.
  const seen = new IntersectionObserver(async (entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    seen.disconnect();
    try {
      const { attach } = await import(form.dataset.editor);
      const chosen = language.value;
      const attached = await attach(source, chosen, templates);
      editor = attached;
      if (language.value !== chosen) editor.speak(language.value);
      markLines();
    } catch (error) {
      console.warn("The text area stays: the editor can't be loaded.", error);
    }
  });
  seen.observe(source);
}

// A place that a compiler or a traceback names is shown in the editor.
document.addEventListener("click", (event) => {
  const place = event.target.closest("#live [data-line]");
  if (!place || !source) return;
  event.preventDefault();
  showPane(2);
  editor.select(Number(place.dataset.line));
});

// ---- a draft for each problem and language ----------------------------------------------------
// A draft is in this browser until the server has it, where somebody is signed in; a guest's stays.
if (form) {
  const kept = document.getElementById("draft-kept");
  const onServer = JSON.parse(document.getElementById("drafts").textContent);
  const key = (id) => `draft/${form.dataset.user}/${form.dataset.slug}/${id}`;
  let current = language.value;
  let keeping = 0;
  let sending = 0;

  const read = (id) => {
    try {
      return localStorage.getItem(key(id));
    } catch {
      return null; // storage may be forbidden
    }
  };
  const forget = (id) => {
    try {
      localStorage.removeItem(key(id));
    } catch {
      // then there is nothing to forget
    }
  };
  const keep = () => {
    clearTimeout(keeping);
    keeping = 0;
    try {
      // On the server a template says that there is no draft any more.
      if (source.value === (templates[current] ?? "") && !form.dataset.drafts) forget(current);
      else localStorage.setItem(key(current), source.value);
      kept.textContent = kept.dataset.here;
    } catch {
      kept.textContent = "";
    }
  };
  const send = async () => {
    clearTimeout(sending);
    sending = 0;
    const id = current;
    const text = source.value;
    const untouched = text === (templates[id] ?? "");
    const options = untouched
      ? { method: "DELETE" }
      : {
          method: "PUT",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ source: text }),
        };
    try {
      const answer = await fetch(form.dataset.drafts + id, options);
      if (!answer.ok) return;
    } catch {
      return; // it stays in this browser, and is sent at the next visit
    }
    if (untouched) delete onServer[id];
    else onServer[id] = text;
    if (read(id) === text) forget(id);
    if (id === current && source.value === text) kept.textContent = kept.dataset.kept;
  };
  const sendSoon = () => {
    if (!form.dataset.drafts) return;
    clearTimeout(sending);
    sending = setTimeout(send, 1500);
  };

  if (form.dataset.shows === "template" || form.dataset.shows === "draft") {
    const draft = read(current);
    if (draft !== null) {
      editor.show(draft);
      kept.textContent = kept.dataset.here;
      sendSoon();
    } else if (form.dataset.shows === "draft") kept.textContent = kept.dataset.kept;
  }
  source.addEventListener("input", () => {
    clearTimeout(keeping);
    keeping = setTimeout(keep, 400);
    sendSoon();
  });
  addEventListener("pagehide", () => {
    if (keeping) keep();
  });
  language.addEventListener("change", () => {
    if (keeping) keep();
    if (sending) send();
    current = language.value;
    kept.textContent = "";
    editor.show(read(current) ?? onServer[current] ?? templates[current] ?? "");
    editor.speak(current);
  });
  document.getElementById("take-template").addEventListener("click", (event) => {
    event.preventDefault();
    editor.show(templates[current] ?? "");
    keep();
    sendSoon();
  });
}
