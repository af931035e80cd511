// The page of a problem: the panel's tabs, the width of the statement, and the editor. Loaded after
// shousi.js, from which it takes `form`, `source`, `language`, `templates` and `showPane`.
"use strict";

// ---- the panel: its tabs, of which Run and Submit open the last --------------------------------
// If shousi.js could not be loaded, this is the first line that fails, and the page works as without
// scripts.
const panel = form.querySelector("#panel");
const tabs = [...document.querySelectorAll("#panel [role=tab]")];
const partOf = (tab) => document.getElementById(tab.getAttribute("aria-controls"));
const chooseTab = (chosen) => {
  for (const tab of tabs) {
    tab.ariaSelected = tab === chosen;
    tab.tabIndex = tab === chosen ? 0 : -1;
    partOf(tab).classList.toggle("on", tab === chosen);
  }
  // Before the first result its tab can't be chosen.
  chosen.hidden = false;
  panel.scrollTop = 0;
};

for (const tab of tabs) {
  // Without scripts these are sections that can be folded.
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
// Only once there is something to show. Updates from the stream never switch the tab.
const showResult = () => chooseTab(document.getElementById("tab-live"));
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.requestConfig.elt === form) showResult();
});
form.addEventListener("shousi:told", showResult);

// ---- the width of the statement: by keys, by the pointer, and by the corner that CSS draws ------
{
  const divider = document.getElementById("divider");
  const statement = document.getElementById("statement");
  const split = statement.parentElement;
  const share = () => Math.round((100 * statement.offsetWidth) / split.offsetWidth);
  // The stylesheet has the least and the greatest width.
  const resize = (percent) => {
    statement.style.width = `${percent}%`;
  };
  // A cookie, so that the server draws the next page with this width from the start.
  const keepWidth = (percent, seconds) => {
    document.cookie = `shousi_split=${percent}; path=/; max-age=${seconds}; samesite=lax`;
  };
  let kept = "";
  // It also notices when the corner is dragged or the window changes.
  new ResizeObserver(() => {
    divider.ariaValueNow = share();
    const { width } = statement.style;
    // The user has not chosen another width: the window has changed.
    if (width === kept) return;
    kept = width;
    if (width) keepWidth(share(), 365 * 86400);
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
    document.getElementById("split")?.remove();
    keepWidth(0, 0);
  });
}

// ---- the editor: CodeMirror once it is here, the text area until then -------------------------
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

{
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
  // After a button was pressed the focus moves to the verdict, but never out of the editor.
  let pressed = null;
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target === form) pressed = document.activeElement?.closest("#solution button");
  });
  const leadToVerdict = () => {
    const verdict = live.querySelector("#result[data-state=done] .said");
    if (!verdict || !pressed) return;
    if (document.activeElement === pressed) {
      verdict.tabIndex = -1;
      verdict.focus();
    }
    pressed = null;
  };
  new MutationObserver(() => {
    markLines();
    showBadge();
    leadToVerdict();
  }).observe(live, { childList: true, subtree: true });

  // Fetched once the text area is seen: on a phone that is when "Code" is chosen.
  const seen = new IntersectionObserver(async (entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    seen.disconnect();
    try {
      const { attach } = await import(form.dataset.editor);
      const chosen = language.value;
      const attached = await attach(source, chosen, templates);
      document.querySelector(".ed [role=textbox]").setAttribute("aria-describedby", "leaving");
      editor = attached;
      if (language.value !== chosen) editor.speak(language.value);
      markLines();
    } catch (error) {
      console.warn("The text area stays: the editor can't be loaded.", error);
    }
  });
  seen.observe(source);

  // Tab indents. A user who enters by Tab, or presses it to leave, is told how to leave.
  const leaving = document.getElementById("leaving");
  const ed = source.closest(".ed");
  ed.addEventListener("keyup", (event) => {
    if (event.key === "Tab" && event.target !== source) leaving.classList.remove("sr");
  });
  ed.addEventListener("focusout", () => leaving.classList.add("sr"));
}

// A chosen file is put into the editor, so that the user sees what is sent, also the next time.
const file = document.getElementById("file");
file.addEventListener("change", async () => {
  const [chosen] = file.files;
  // The server will answer that it is too large.
  if (!chosen || chosen.size > Number(file.dataset.most)) return;
  editor.show(await chosen.text());
  file.value = "";
  source.dispatchEvent(new Event("input", { bubbles: true }));
});

// A place that a compiler or a traceback names is shown in the editor.
document.addEventListener("click", (event) => {
  const place = event.target.closest("#live [data-line]");
  if (!place) return;
  event.preventDefault();
  showPane(2);
  editor.select(Number(place.dataset.line));
});
