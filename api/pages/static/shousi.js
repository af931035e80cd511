// What makes the pages faster to use. Each of them works without it.
"use strict";

const form = document.getElementById("solution");
const source = document.getElementById("source");
const quiz = document.getElementById("quiz");

// ---- keys -------------------------------------------------------------------------------------
const press = (id) => document.getElementById(id)?.click();
const showPane = (number) => {
  const pane = document.getElementById(`p${number}`);
  if (pane) pane.checked = true;
};

document.addEventListener("keydown", (event) => {
  const command = event.ctrlKey || event.metaKey;
  if ((form || quiz) && command && event.key === "Enter") {
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

// ---- a board that moves -----------------------------------------------------------------------
document.addEventListener("htmx:sseBeforeMessage", (event) => {
  const board = event.target.closest("[data-board]");
  if (!board) return;
  // Nothing moves away from under the pointer or the focus: a link says that there is news.
  const held = board.matches(":hover, :focus-within");
  if (held) event.preventDefault();
  document.getElementById("moved").hidden = !held;
});

// ---- the panel: its tabs, of which Run and Submit open the last --------------------------------
const panel = document.getElementById("panel");
const tabs = [...document.querySelectorAll("#panel [role=tab]")];
const partOf = (tab) => document.getElementById(tab.getAttribute("aria-controls"));
const chooseTab = (chosen) => {
  for (const tab of tabs) {
    tab.ariaSelected = tab === chosen;
    tab.tabIndex = tab === chosen ? 0 : -1;
    partOf(tab).classList.toggle("on", tab === chosen);
  }
  // There is no result to be chosen before the first one.
  chosen.hidden = false;
  panel.scrollTop = 0;
};

for (const tab of tabs) {
  // Without a script these are sections that fold.
  partOf(tab).role = "tabpanel";
  partOf(tab).setAttribute("aria-labelledby", tab.id);
  for (const folded of partOf(tab).querySelectorAll(":scope > details")) folded.open = true;
  tab.addEventListener("click", () => chooseTab(tab));
  tab.addEventListener("keydown", (event) => {
    const shown = tabs.filter((one) => !one.hidden);
    const at = shown.indexOf(tab);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: -1 }[event.key];
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    chooseTab(shown.at(to % shown.length));
    shown.at(to % shown.length).focus();
  });
}
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target === form) showPane(3);
});
// Not before there is something to show. What the stream brings takes nobody to another tab.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (form && event.detail.requestConfig.elt === form) chooseTab(document.getElementById("tab-live"));
});

// ---- what this browser keeps ------------------------------------------------------------------
const stored = (key) => ({
  read() {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null; // storage may be forbidden
    }
  },
  write: (value) => localStorage.setItem(key, JSON.stringify(value)),
  forget() {
    try {
      localStorage.removeItem(key);
    } catch {
      // then there is nothing to forget
    }
  },
});

// ---- the width of the statement: by keys, by the pointer, and by the corner that CSS draws ------
const divider = document.getElementById("divider");
if (divider) {
  const statement = document.getElementById("statement");
  const split = statement.parentElement;
  const width = stored("statement-width");
  const share = () => Math.round((100 * statement.offsetWidth) / split.offsetWidth);
  // The stylesheet has the least and the greatest width.
  const resize = (percent) => {
    statement.style.width = `${percent}%`;
  };
  statement.style.width = width.read();
  // It sees the corner dragged too, and the window.
  new ResizeObserver(() => {
    divider.ariaValueNow = share();
    if (statement.style.width === (width.read() ?? "")) return;
    try {
      width.write(statement.style.width);
    } catch {
      // Storage is forbidden or full: it lasts as long as the page.
    }
  }).observe(statement);
  divider.addEventListener("keydown", (event) => {
    const to = { ArrowLeft: share() - 2, ArrowRight: share() + 2, Home: 0, End: 100 }[event.key];
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    resize(to);
  });
  divider.addEventListener("pointerdown", (event) => divider.setPointerCapture(event.pointerId));
  divider.addEventListener("pointermove", (event) => {
    if (!divider.hasPointerCapture(event.pointerId)) return;
    resize((100 * (event.clientX - split.getBoundingClientRect().left)) / split.offsetWidth);
  });
  divider.addEventListener("dblclick", () => {
    statement.style.width = "";
  });
}

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
  const showBadge = () => {
    const badge = live.querySelector("template")?.content.childNodes ?? [];
    for (const place of document.querySelectorAll(".badge")) {
      place.replaceChildren(...[...badge].map((node) => node.cloneNode(true)));
    }
  };
  new MutationObserver(() => {
    markLines();
    showBadge();
  }).observe(live, { childList: true, subtree: true });

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

// ---- what is answered of a quiz: kept in this browser ------------------------------------------
if (quiz) {
  const draft = stored(`draft/${quiz.dataset.user}/${quiz.dataset.slug}/answers`);
  const answers = () => [...new FormData(quiz)].filter(([name]) => name.startsWith("answer."));
  const given = quiz.dataset.shows === "template" ? draft.read() : null;
  for (const field of given ? quiz.querySelectorAll("[name^='answer.']") : []) {
    const values = given.filter(([name]) => name === field.name).map(([, value]) => value);
    if (field.matches("[type=radio], [type=checkbox]")) field.checked = values.includes(field.value);
    else field.value = values[0] ?? "";
  }
  quiz.addEventListener("input", () => {
    try {
      draft.write(answers());
    } catch {
      // Storage is forbidden or full: the answers stand in the form alone.
    }
  });
}

// ---- a draft for each problem and language ----------------------------------------------------
// A draft is in this browser until the server has it, where somebody is signed in; a guest's stays.
// The server's has a version. Where another browser has changed it, both texts are offered.
if (form) {
  const kept = document.getElementById("draft-kept");
  const elsewhere = document.getElementById("elsewhere");
  // By language: what the server had when it last told us, {source, version}.
  const onServer = JSON.parse(document.getElementById("drafts").textContent);
  // By language: the text that was sent last, which the server may have though no answer came.
  const sentLast = {};
  // By language: the other text, {source, version}, while it isn't decided which one stays.
  const others = {};
  let current = language.value;
  let keeping = 0;
  let sending = 0;

  const owner = `${form.dataset.user}/${form.dataset.slug}`;
  // {text, base: the version on the server that it was made of, sent: `sentLast`}
  const here = (id) => stored(`draft/${owner}/${id}`);
  // The text that was not taken.
  const spare = (id) => stored(`spare/${owner}/${id}`);
  const baseOf = (id) => onServer[id]?.version ?? "";
  const template = (id) => templates[id] ?? "";

  const keep = () => {
    clearTimeout(keeping);
    keeping = 0;
    try {
      // On the server a template says that there is no draft any more.
      if (source.value === template(current) && !form.dataset.drafts) here(current).forget();
      else here(current).write({ text: source.value, base: baseOf(current), sent: sentLast[current] });
      kept.textContent = kept.dataset.here;
    } catch {
      kept.textContent = "";
    }
  };
  const ask = async (id, options) => {
    try {
      return await fetch(form.dataset.drafts + id, options);
    } catch {
      return null; // the text stays in this browser, and is sent at the next visit
    }
  };
  const send = async (id, text) => {
    // It is decided first which text stays.
    if (others[id]) return;
    const untouched = text === template(id);
    const version = onServer[id]?.version;
    if (untouched && !version) return settle(id, text, null);
    const condition = version ? { "If-Match": `"${version}"` } : { "If-None-Match": "*" };
    sentLast[id] = text;
    const answer = await ask(id, {
      method: untouched ? "DELETE" : "PUT",
      headers: { ...condition, ...(untouched ? {} : { "Content-Type": "application/json" }) },
      body: untouched ? null : JSON.stringify({ source: text }),
    });
    if (answer?.status === 412) await look(id);
    else if (answer?.ok) settle(id, text, untouched ? null : versionOf(answer));
  };
  const versionOf = (answer) => answer.headers.get("ETag").match(/"(.*)"/)[1];
  const settle = (id, text, version) => {
    if (version) onServer[id] = { source: text, version };
    else delete onServer[id];
    if (here(id).read()?.text === text) here(id).forget();
    if (id === current && source.value === text) kept.textContent = kept.dataset.kept;
  };
  // What does the server have? Another text than ours is offered, and nothing is sent until then.
  const look = async (id) => {
    const answer = await ask(id, { cache: "no-store" });
    if (!answer?.ok && answer?.status !== 404) return;
    const version = answer.ok ? versionOf(answer) : "";
    if (version === baseOf(id)) return;
    meet(id, { source: answer.ok ? (await answer.json()).source : template(id), version });
  };
  const meet = (id, other) => {
    const mine = id === current ? source.value : here(id).read()?.text;
    if (other.source === mine) settle(id, mine, other.version);
    else if (mine === undefined || other.source === sentLast[id]) {
      // Nothing but what we sent: go on from there.
      adopt(id, other);
      if (id === current) sendSoon();
    } else others[id] = other;
    if (id === current) offer();
  };
  const adopt = (id, other) => {
    if (other.version) onServer[id] = other;
    else delete onServer[id];
  };
  const offer = () => {
    if (!elsewhere) return;
    const undecided = others[current];
    const text = undecided?.source ?? spare(current).read();
    elsewhere.hidden = text === null;
    if (text === null) return;
    elsewhere.querySelector("pre").textContent = text;
    if (undecided) {
      document.getElementById("announced").textContent =
        document.getElementById("elsewhere-undecided").textContent;
    }
    for (const id of ["elsewhere-undecided", "keep-mine"]) {
      document.getElementById(id).hidden = !undecided;
    }
    for (const id of ["elsewhere-decided", "forget-other"]) {
      document.getElementById(id).hidden = Boolean(undecided);
    }
  };
  // One after the other: each is to know the version that the one before made.
  let sent = Promise.resolve();
  const sendNow = () => {
    clearTimeout(sending);
    sending = 0;
    const [id, text] = [current, source.value];
    sent = sent.then(() => send(id, text));
  };
  const sendSoon = () => {
    if (!form.dataset.drafts) return;
    clearTimeout(sending);
    sending = setTimeout(sendNow, 1500);
  };
  const setAside = (text) => {
    try {
      spare(current).write(text);
    } catch {
      // Storage is forbidden or full: the editor's undo has it.
    }
  };

  document.getElementById("keep-mine")?.addEventListener("click", () => {
    setAside(others[current].source);
    adopt(current, others[current]);
    delete others[current];
    keep();
    sendNow();
    offer();
  });
  document.getElementById("take-other")?.addEventListener("click", () => {
    const undecided = others[current];
    const taken = undecided?.source ?? spare(current).read();
    setAside(source.value);
    editor.show(taken);
    if (undecided) {
      adopt(current, undecided);
      delete others[current];
    }
    keep();
    sendNow();
    offer();
  });
  document.getElementById("forget-other")?.addEventListener("click", () => {
    spare(current).forget();
    offer();
  });
  // Whoever comes back to this page learns at once what was kept elsewhere.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" || !onServer[current]) return;
    const id = current;
    if (!keeping && !sending && !others[id]) sent = sent.then(() => look(id));
  });

  const begin = () => {
    const draft = here(current).read();
    if (draft === null) return;
    sentLast[current] ??= draft.sent;
    editor.show(draft.text);
    kept.textContent = kept.dataset.here;
    if (!form.dataset.drafts || others[current]) return;
    if (draft.base === baseOf(current)) sendSoon();
    else meet(current, onServer[current] ?? { source: template(current), version: "" });
  };
  if (form.dataset.shows === "template" || form.dataset.shows === "draft") {
    if (form.dataset.shows === "draft") kept.textContent = kept.dataset.kept;
    begin();
  }
  offer();
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
    if (sending) sendNow();
    current = language.value;
    kept.textContent = "";
    editor.show(onServer[current]?.source ?? template(current));
    begin();
    editor.speak(current);
    offer();
  });
  document.getElementById("take-template").addEventListener("click", (event) => {
    event.preventDefault();
    editor.show(template(current));
    keep();
    sendSoon();
  });
}
