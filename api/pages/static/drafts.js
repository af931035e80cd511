// Drafts: the code in the editor, or the answers to a quiz, stored for each problem and language.
// A signed-in user's draft is in this browser until the server has it; a guest's stays here.
// A draft that was written before signing in is taken over.
// The server's draft has a version. If another browser has changed it, both texts are offered.
// Nor is a draft lost with two tabs of one browser, or beside a submission that the editor shows.
// Loaded after shousi.js, from which it takes `form`, `quiz`, `source`, `language`, `templates` and
// `stored`, and after solving.js, from which it takes `editor`.
"use strict";

// ---- the answers of a quiz as a text: an answers file, a line for each question -----------------
const questions = quiz ? [...quiz.querySelectorAll("[data-question]")] : [];
const fieldsOf = (question) => [...question.querySelectorAll("[name^='answer.']")];

const answerTo = (question) => {
  const fields = fieldsOf(question);
  const chosen = fields.filter((one) => one.checked).map((one) => one.value);
  switch (question.dataset.type) {
    case "single":
      return chosen[0];
    case "multiple":
      return chosen.length ? chosen : undefined;
    case "number":
      return fields[0].value.trim() || undefined;
    default: {
      const places = Object.fromEntries(
        fields.filter((one) => one.value).map((one) => [one.dataset.item, Number(one.value)]),
      );
      const items = Object.keys(places);
      const isOrder = new Set(Object.values(places)).size === fields.length;
      // The order is unfinished: store the places that were given so far.
      if (!isOrder) return items.length ? places : undefined;
      return items.sort((one, other) => places[one] - places[other]);
    }
  }
};

const answersFile = () =>
  questions
    .map((question) => [question.dataset.question, JSON.stringify(answerTo(question))])
    .filter(([, answer]) => answer !== undefined)
    .map(([id, answer]) => `${id}: ${answer}\n`)
    .join("");

// Reads only texts that this script has written; the server reads any others when it draws the page.
const fillIn = (text) => {
  const lines = text.split("\n").filter(Boolean);
  const answers = Object.fromEntries(
    lines.map((line) => {
      const end = line.indexOf(": ");
      return [line.slice(0, end), JSON.parse(line.slice(end + 2))];
    }),
  );
  for (const question of questions) {
    const answer = answers[question.dataset.question];
    for (const field of fieldsOf(question)) {
      const { item } = field.dataset;
      if (field.matches("[type=radio], [type=checkbox]")) {
        field.checked = [answer].flat().includes(field.value);
      } else if (item === undefined) field.value = answer ?? "";
      else if (Array.isArray(answer)) field.value = answer.indexOf(item) + 1 || "";
      else field.value = answer?.[item] ?? "";
    }
  }
};

// ---- the text, of the editor or of a quiz -------------------------------------------------------
const writing = form
  ? {
      form,
      changes: source,
      language: () => language.value,
      template: (id) => templates[id] ?? "",
      read: () => source.value,
      show: (text) => editor.show(text),
    }
  : {
      form: quiz,
      changes: quiz,
      language: () => "answers",
      // If nothing is answered, nothing is stored.
      template: () => "",
      read: answersFile,
      show: fillIn,
    };

{
  const data = writing.form.dataset;
  const kept = document.getElementById("draft-kept");
  const elsewhere = document.getElementById("elsewhere");
  // By language: what the server had when it last told us, {source, version}.
  const onServer = JSON.parse(document.getElementById("drafts").textContent);
  // By language: the text that was sent last, which the server may have though no answer came.
  const sentLast = {};
  // By language: the other text, {source, version}, while it isn't decided which one stays.
  const others = {};
  // By language: the text in this browser that this page has read or written last.
  const seenHere = {};
  // The draft, while the page shows a submission in its place.
  let waiting = null;
  let current = writing.language();
  let keeping = 0;
  let sending = 0;

  const owner = `${data.user}/${data.slug}`;
  // {text, base: the version on the server that it was made of, sent: `sentLast`}
  const here = (id) => stored(`draft/${owner}/${id}`);
  // The other text, which the user has not chosen.
  const spare = (id) => stored(`spare/${owner}/${id}`);
  const baseOf = (id) => onServer[id]?.version ?? "";
  const { template } = writing;

  // A reload shows the draft, even if a submission was shown in its place.
  const keepAddress = (changes) => {
    const address = new URL(location);
    const shown = address.searchParams.get("submission");
    if (shown) {
      address.searchParams.delete("submission");
      address.searchParams.set("result", shown);
    }
    for (const [name, value] of Object.entries(changes)) address.searchParams.set(name, value);
    if (address.href !== location.href) history.replaceState(history.state, "", address);
  };
  const keep = () => {
    clearTimeout(keeping);
    keeping = 0;
    keepAddress({});
    const text = writing.read();
    const found = here(current).read()?.text ?? null;
    // The text that this one replaces: the waiting draft, or what another tab has written meanwhile.
    const replaced = waiting ?? (found === seenHere[current] ? null : found);
    if (replaced !== null && replaced !== text) setAside(replaced);
    waiting = null;
    seenHere[current] = text;
    try {
      // On the server a template says that there is no draft any more.
      if (text === template(current) && !data.drafts) here(current).forget();
      else here(current).write({ text, base: baseOf(current), sent: sentLast[current] });
      kept.textContent = kept.dataset.here;
    } catch {
      kept.textContent = "";
    }
    if (replaced !== null) offer();
  };
  const ask = async (id, options) => {
    try {
      return await fetch(data.drafts + id, options);
    } catch {
      return null; // the text stays in this browser, and is sent at the next visit
    }
  };
  const send = async (id, text) => {
    // First the user decides which text stays.
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
    if (id === current && writing.read() === text) kept.textContent = kept.dataset.kept;
  };
  // Ask what the server has. A different text is offered, and nothing is sent until the user decides.
  const look = async (id) => {
    const answer = await ask(id, { cache: "no-store" });
    if (!answer?.ok && answer?.status !== 404) return;
    const version = answer.ok ? versionOf(answer) : "";
    if (version === baseOf(id)) return;
    meet(id, { source: answer.ok ? (await answer.json()).source : template(id), version });
  };
  const meet = (id, other) => {
    const mine = id === current ? writing.read() : here(id).read()?.text;
    if (other.source === mine) settle(id, mine, other.version);
    else if (mine === undefined || other.source === sentLast[id]) {
      // It has the text that we sent: continue from there.
      adopt(id, other);
      if (id === current) sendSoon();
    } else others[id] = other;
    if (id === current) offer();
  };
  const adopt = (id, other) => {
    if (other.version) onServer[id] = other;
    else delete onServer[id];
  };
  const otherText = () => others[current]?.source ?? waiting ?? spare(current).read();
  const offer = () => {
    const undecided = others[current];
    const text = otherText();
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
  // One request after the other, because each needs the version that the previous one made.
  let sent = Promise.resolve();
  const sendText = (text) => {
    clearTimeout(sending);
    sending = 0;
    const id = current;
    sent = sent.then(() => send(id, text));
    return sent;
  };
  const sendNow = () => data.drafts && sendText(writing.read());
  const sendSoon = () => {
    if (!data.drafts) return;
    clearTimeout(sending);
    sending = setTimeout(sendNow, 1500);
  };
  const setAside = (text) => {
    try {
      spare(current).write(text);
    } catch {
      // Storage is forbidden or full: the editor's undo still has the text.
    }
  };
  // An answers file may be written in any way, and only the server reads them all: it draws the page.
  const drawAgain = async (text) => {
    await sendText(text);
    if (onServer[current]?.source !== text) return;
    here(current).forget();
    const address = new URL(location);
    // The draft, and not the submission that is shown.
    address.searchParams.delete("submission");
    address.searchParams.delete("result");
    address.hash = "";
    location.assign(address);
  };

  document.getElementById("keep-mine").addEventListener("click", () => {
    setAside(others[current].source);
    adopt(current, others[current]);
    delete others[current];
    keep();
    sendNow();
    offer();
  });
  document.getElementById("take-other").addEventListener("click", () => {
    const undecided = others[current];
    const taken = otherText();
    // A submission is stored already.
    if (waiting === null) setAside(writing.read());
    waiting = null;
    seenHere[current] = here(current).read()?.text;
    if (undecided) {
      adopt(current, undecided);
      delete others[current];
    }
    if (quiz && data.drafts) return drawAgain(taken);
    writing.show(taken);
    keep();
    sendNow();
    offer();
  });
  document.getElementById("forget-other").addEventListener("click", () => {
    // A waiting draft is put aside when the next one is written.
    if (waiting === null) spare(current).forget();
    seenHere[current] = here(current).read()?.text;
    waiting = null;
    offer();
  });
  // A user who returns to this page sees at once if another draft was stored elsewhere.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" || !onServer[current]) return;
    const id = current;
    if (!keeping && !sending && !others[id]) sent = sent.then(() => look(id));
  });

  // Drafts of visitors and guests have no user name. The user who signs in gets them.
  const bringAlong = () => {
    const before = stored(`draft//${data.slug}/${current}`);
    const text = before.read()?.text;
    if (!data.user || text === undefined) return;
    try {
      if (here(current).read() === null && !onServer[current]) {
        here(current).write({ text, base: "" });
      } else if (text !== writing.read()) {
        // Neither is lost: this one becomes the other text, if there is none yet.
        if (spare(current).read() !== null) return;
        spare(current).write(text);
      }
      before.forget();
    } catch {
      // Storage is full: it stays where it is.
    }
  };

  const begin = () => {
    bringAlong();
    const draft = here(current).read();
    seenHere[current] = draft?.text ?? null;
    if (draft === null) return;
    sentLast[current] ??= draft.sent;
    writing.show(draft.text);
    kept.textContent = kept.dataset.here;
    if (!data.drafts || others[current]) return;
    if (draft.base === baseOf(current)) sendSoon();
    else meet(current, onServer[current] ?? { source: template(current), version: "" });
  };
  if (data.shows === "template" || data.shows === "draft") {
    if (data.shows === "draft") kept.textContent = kept.dataset.kept;
    begin();
  } else {
    const draft = here(current).read()?.text ?? onServer[current]?.source ?? null;
    if (![writing.read(), template(current)].includes(draft)) waiting = draft;
    seenHere[current] = here(current).read()?.text ?? null;
  }
  offer();
  writing.changes.addEventListener("input", () => {
    clearTimeout(keeping);
    keeping = setTimeout(keep, 400);
    sendSoon();
  });
  addEventListener("pagehide", () => {
    if (keeping) keep();
  });
  language?.addEventListener("change", () => {
    if (keeping) keep();
    if (sending) sendNow();
    current = language.value;
    waiting = null;
    keepAddress({ language: current });
    kept.textContent = "";
    editor.show(onServer[current]?.source ?? template(current));
    begin();
    editor.speak(current);
    offer();
  });
  document.getElementById("take-template")?.addEventListener("click", (event) => {
    event.preventDefault();
    editor.show(template(current));
    keep();
    sendSoon();
  });
}
