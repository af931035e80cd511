// Scripts that make the pages faster to use. Every page works without them.
"use strict";

const form = document.getElementById("solution");
const source = document.getElementById("source");
const quiz = document.getElementById("quiz");
const language = document.getElementById("language");
const templates = form ? JSON.parse(document.getElementById("templates").textContent) : {};

// ---- keys -------------------------------------------------------------------------------------
const press = (id) => document.getElementById(id)?.click();
const showPane = (number) => {
  const pane = document.getElementById(`p${number}`);
  if (pane) pane.checked = true;
};

// Alt 1, 2 or 3. By the key's place: with Alt a Mac writes another character, and some keyboards have
// digits only with Shift. AltGr is for writing.
const paneOf = (event) =>
  event.altKey &&
  !event.ctrlKey &&
  !event.metaKey &&
  !event.getModifierState("AltGraph") &&
  Number(/^(?:Digit|Numpad)([123])$/.exec(event.code)?.[1]);

document.addEventListener("keydown", (event) => {
  const command = event.ctrlKey || event.metaKey;
  if (command && event.key === "Enter" && document.getElementById("submit")) {
    event.preventDefault();
    press("submit");
  } else if (form && command && event.key === "'") {
    event.preventDefault();
    press(document.querySelector("#own-input.on") ? "run-own" : "run");
  } else if (form && paneOf(event)) {
    event.preventDefault();
    const number = paneOf(event);
    showPane(number);
    [document.querySelector(".left"), editor, document.getElementById("panel")][number - 1].focus();
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

// ---- repeated requests pause while the page is hidden ------------------------------------------
document.addEventListener("htmx:beforeRequest", (event) => {
  const trigger = event.detail.elt.getAttribute("hx-trigger") ?? "";
  if (document.hidden && trigger.startsWith("every")) event.preventDefault();
});

// ---- a failed repeated request leaves the page as it is -----------------------------------------
// A list or a queue asks again soon. Only a panel, which may wait for long, says that the session
// has ended.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.requestConfig.verb !== "get" || detail.xhr.status < 400) return;
  detail.shouldSwap = detail.xhr.status === 401 && Boolean(detail.target.closest("#live"));
});

// ---- a form that could not be sent says so -----------------------------------------------------
document.addEventListener("htmx:sendError", ({ target }) => {
  const told = target.matches("form") && document.getElementById("unreachable");
  if (!told) return;
  document.getElementById("live").replaceChildren(told.content.cloneNode(true));
  target.dispatchEvent(new Event("shousi:told"));
});

// ---- forms keep their content when the language or theme changes, or a form is refused ---
// The editor's text and a quiz's answers are drafts, and a password is typed again. An error's page and
// the one to sign in leave it for the page after them.
const leaves = document.querySelector("main[data-leaves]");
const otherFields = () =>
  [...document.querySelectorAll("main :is(input, textarea, select)")].filter(
    (field) =>
      !field.readOnly &&
      !["hidden", "password", "file"].includes(field.type) &&
      !field.matches("#source, #language, #quiz *"),
  );
const isChoice = (field) => field.matches("[type=radio], [type=checkbox]");
const nameOf = (field) =>
  [field.form?.getAttribute("action"), field.name, isChoice(field) ? field.value : ""].join("\n");
const carry = (carried) => sessionStorage.setItem("carried", JSON.stringify(carried));
document.addEventListener("submit", ({ target, defaultPrevented }) => {
  if (defaultPrevented || target.method !== "post" || target.matches("#solution, #quiz")) return;
  const isChosen = target.getAttribute("action") === "/preferences";
  let to = location.pathname + location.search;
  if (isChosen) {
    const { next } = target.elements;
    // The address, which scripts may have changed since the page was drawn; not that of a form's answer.
    if (new URL(next.value, location).pathname === location.pathname) next.value = to;
    to = next.value;
  }
  const valueOf = (field) => (isChoice(field) ? field.checked : field.value);
  try {
    // The content from an earlier page has precedence.
    if (leaves && sessionStorage.getItem("carried")) return;
    // A form's content is put back only if the form was refused.
    carry({ to, isBack: isChosen, fields: otherFields().map((one) => [nameOf(one), valueOf(one)]) });
  } catch {
    // Storage is forbidden or full.
  }
});
try {
  const carried = JSON.parse(sessionStorage.getItem("carried"));
  const isHere = carried?.isBack && carried.to === location.pathname + location.search;
  sessionStorage.removeItem("carried");
  for (const field of isHere ? otherFields() : []) {
    const at = carried.fields.findIndex(([name]) => name === nameOf(field));
    // Each once: two forms may have a field of the same name.
    const [[, value] = []] = at < 0 ? [] : carried.fields.splice(at, 1);
    if (value !== undefined) field[isChoice(field) ? "checked" : "value"] = value;
  }
  if (carried && leaves) carry({ ...carried, isBack: true });
} catch {
  // Storage is forbidden.
}

// ---- the focus stays when its part of the page is drawn again ----------------------------------
// htmx finds what has an id. Anything else is found by what it is called, and by its number among
// those that are called the same; what is not there any more leads to what folds its part.
let focused = null;
const calledLike = (it) => {
  const called = (one) => one.getAttribute("href") ?? one.ariaLabel ?? one.textContent.trim();
  return [...document.querySelectorAll(`main ${it.localName}`)].filter(
    (one) => called(one) === called(it),
  );
};
document.addEventListener("focusin", ({ target }) => {
  const fold = target.closest("details")?.querySelector("summary");
  focused = { it: target, number: calledLike(target).indexOf(target), fold };
});
document.addEventListener("focusout", ({ target }) => {
  // If the user has moved the focus meanwhile, it stays there.
  queueMicrotask(() => {
    if (target.isConnected && document.activeElement === document.body) focused = null;
  });
});
new MutationObserver(() => {
  if (!focused || focused.it.isConnected || document.activeElement !== document.body) return;
  const { it, number, fold } = focused;
  (calledLike(it)[number] ?? fold)?.focus({ preventScroll: true });
}).observe(document.body, { childList: true, subtree: true });

// ---- a button that is pressed twice sends its form once ----------------------------------------
const underWay = new Set();
document.addEventListener("submit", (event) => {
  // htmx handles the forms that it sends itself.
  if (event.defaultPrevented || event.target.method !== "post") return;
  if (underWay.has(event.target)) event.preventDefault();
  underWay.add(event.target);
  // After the loading was stopped, or when the page is shown again, the form may be sent again.
  setTimeout(() => underWay.delete(event.target), 5000);
});
addEventListener("pageshow", () => underWay.clear());

// ---- menus: Escape closes them, and so does a click or focus elsewhere -------------------------
const openMenus = () => document.querySelectorAll("details.menu[open]");
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
for (const type of ["click", "focusin"]) {
  document.addEventListener(type, (event) => {
    for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
  });
}

// ---- the time to wait -------------------------------------------------------------------------
setInterval(() => {
  for (const told of document.querySelectorAll("[data-wait]")) {
    const left = Number(told.dataset.wait) - 1;
    told.dataset.wait = left;
    // A screen reader would read each second aloud, except in a timer; it reads only the end.
    if (left <= 0) told.removeAttribute("role");
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

// ---- a board that changes ---------------------------------------------------------------------
document.addEventListener("htmx:sseBeforeMessage", (event) => {
  const board = event.target.closest("[data-board]");
  if (!board) return;
  const moved = document.getElementById("moved");
  moved.hidden = true;
  if (!board.matches(":hover, :focus-within")) return;
  // Nothing moves away from under the pointer or the focus: cells change where they are, and a link
  // says that the order has changed.
  event.preventDefault();
  const news = new DOMParser().parseFromString(event.detail.data, "text/html");
  const rowsOf = (place) => [...place.querySelectorAll("tr[data-user]")];
  const namesOf = (rows) => rows.map((row) => row.dataset.user).join("\n");
  const found = Object.fromEntries(rowsOf(news).map((row) => [row.dataset.user, [...row.cells]]));
  moved.hidden = namesOf(rowsOf(board)) === namesOf(rowsOf(news));
  for (const row of rowsOf(board)) {
    const cells = found[row.dataset.user] ?? [];
    // Another number of columns counts as another order.
    if (cells.length !== row.cells.length) moved.hidden = false;
    else {
      for (const [at, cell] of [...row.cells].entries()) {
        if (cell.contains(document.activeElement)) continue;
        if (cell.innerHTML !== cells[at].innerHTML) cell.replaceWith(cells[at].cloneNode(true));
      }
    }
  }
  const acts = news.querySelector("[hx-swap-oob='innerHTML:#acts']");
  if (acts) document.getElementById("acts").replaceChildren(...acts.childNodes);
});

// ---- a board's stream is closed while the page is hidden ---------------------------------------
// A browser has six connections to a service, for all its tabs together. With six boards open, no
// other page would load.
const boardStreams = new Map();
const resting = new Set();
const rest = () => {
  for (const [board, source] of boardStreams) {
    // Another attempt to connect is under way for one that is closed already.
    if (source.readyState === EventSource.CLOSED) continue;
    source.close();
    resting.add(board);
  }
};
document.addEventListener("htmx:sseOpen", ({ target, detail }) => {
  if (!target.matches("[data-board]")) return;
  boardStreams.set(target, detail.source);
  if (document.hidden) rest();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return rest();
  for (const board of resting) {
    // htmx connects an element again when its attributes have changed.
    board.dataset.board = Number(board.dataset.board) + 1;
    htmx.process(board);
  }
  resting.clear();
});

// ---- a panel or a board whose stream doesn't get through sends requests -------------------------
const failures = new WeakMap();
document.addEventListener("htmx:sseError", async ({ target }) => {
  const numFailures = (failures.get(target) ?? 0) + 1;
  failures.set(target, numFailures);
  const { poll } = target.dataset;
  // After one failure the server may be restarting, and the stream comes back by itself.
  if (numFailures < 2) return;
  if (target.matches("[data-board]")) {
    // A team that was deleted, or that one has left: the page is out of a cache, or was open for
    // long, and the server has another one now, which says so.
    const answer = await fetch(location, { cache: "no-store" }).catch(() => null);
    if (answer?.status === 404) location.reload();
    return;
  }
  if (!poll) return;
  // If that gets no answer either, the stream's next failure asks again.
  htmx.ajax("GET", poll, { target, swap: "outerHTML" }).catch(() => {});
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

// ---- a problem that was withdrawn: the drafts that only this browser has -------------------------
const keptDrafts = document.getElementById("kept-drafts");
if (keptDrafts) {
  const { user, slug } = keptDrafts.dataset;
  const template = keptDrafts.querySelector("template");
  const shown = [...document.querySelectorAll("main textarea")].map((area) => area.value);
  const show = (key) => {
    const found = stored(key).read();
    const text = typeof found === "string" ? found : found?.text;
    if (!text || shown.includes(text)) return;
    shown.push(text);
    const part = template.content.cloneNode(true);
    const [label, area] = [part.querySelector("label"), part.querySelector("textarea")];
    area.id = label.htmlFor = `here-${shown.length}`;
    area.value = text;
    label.append(` · ${key.split("/").at(-1)}`);
    template.before(part);
    keptDrafts.hidden = false;
  };
  // Also the other text, and the one that was written before signing in.
  const places = [`draft/${user}/${slug}/`, `spare/${user}/${slug}/`, `draft//${slug}/`];
  try {
    for (const key of Object.keys(localStorage)) {
      if (places.some((place) => key.startsWith(place))) show(key);
    }
  } catch {
    // storage is forbidden, so that nothing was kept in it
  }
}

// ---- the clock of an interview's round ----------------------------------------------------------
// The remaining time comes from the server, and is counted down by a monotonic clock; when it is
// over, the server decides what happens.
for (const clock of document.querySelectorAll("[data-left]")) {
  const end = performance.now() + 1000 * Number(clock.dataset.left);
  const two = (number) => String(number).padStart(2, "0");
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    const minutes = `${two(Math.floor(left / 60) % 60)}:${two(left % 60)}`;
    clock.textContent = left >= 3600 ? `${Math.floor(left / 3600)}:${minutes}` : minutes;
    if (left > 0) setTimeout(tick, 1000 - (performance.now() % 1000));
    else if (clock.closest("[data-renewed]")) setTimeout(() => location.reload(), 1000);
  };
  tick();
}
