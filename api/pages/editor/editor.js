// The editor: CodeMirror in place of a text area, which keeps holding what stands in the editor, so
// that the form is sent as it is without scripts. tools/editor.py makes ../static/editor.min.js of it.
import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { StyleModule } from "style-mod";

// CodeMirror would write its rules into a <style>, which the pages' policy forbids: it allows
// stylesheets of ours and those that a script constructs. A later module overrides an earlier one.
const sheets = new Map();
StyleModule.mount = (root, modules) => {
  document.adoptedStyleSheets = [modules].flat().map((module) => {
    if (!sheets.has(module)) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(module.getRules());
      sheets.set(module, sheet);
    }
    return sheets.get(module);
  });
};

// Each language is a file of its own, fetched when it is chosen.
const python = () => import("./languages/python.js");
const cpp = () => import("./languages/cpp.js");
const LANGUAGES = {
  python3: python,
  pytorch: python,
  c: cpp,
  cpp,
  java: () => import("./languages/java.js"),
  javascript: () => import("./languages/javascript.js"),
  rust: () => import("./languages/rust.js"),
  go: () => import("./languages/go.js"),
};

// The classes are those of highlighted sources elsewhere in the pages.
const COLOURS = HighlightStyle.define([
  { tag: [tags.comment, tags.meta], class: "c" },
  { tag: [tags.string, tags.special(tags.string), tags.character], class: "s" },
  { tag: [tags.number, tags.bool, tags.null], class: "n1" },
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier, tags.processingInstruction], class: "k" },
  {
    tag: [
      tags.function(tags.variableName),
      tags.function(tags.propertyName),
      tags.definition(tags.className),
      tags.className,
      tags.typeName,
      tags.standard(tags.name),
    ],
    class: "fn",
  },
]);

const THEME = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--surface)", fontSize: "var(--t2)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { font: "var(--t2)/1.65 var(--mono)", fontVariantLigatures: "none" },
  ".cm-content": { caretColor: "var(--ink)", padding: "var(--s2) 0" },
  "&.cm-focused .cm-cursor, .cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--c)", border: "0" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--accent) 7%, #0000)" },
  ".cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--accent) 7%, #0000)", color: "var(--ink)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "color-mix(in srgb, var(--accent) 28%, #0000)",
  },
  ".cm-selectionMatch": { backgroundColor: "var(--mark)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--accent-soft)", outline: "1px solid var(--accent)" },
  "&.cm-focused .cm-nonmatchingBracket": { backgroundColor: "var(--wa-soft)" },
  ".cm-tooltip, .cm-panels": { backgroundColor: "var(--surface)", color: "var(--ink)", border: "1px solid var(--line)" },
  ".cm-tooltip": { borderRadius: "var(--r1)", boxShadow: "var(--shadow)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { background: "var(--accent)", color: "var(--on-accent)" },
  ".cm-completionDetail": { color: "inherit" },
  ".cm-diagnostic": { whiteSpace: "pre-wrap", fontFamily: "var(--mono)" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--wa)" },
  ".cm-searchMatch": { backgroundColor: "var(--mark)" },
  ".cm-searchMatch-selected": { backgroundColor: "var(--accent-soft)", outline: "1px solid var(--accent)" },
  ".cm-panel.cm-search": { padding: "var(--s2) var(--s3)" },
  ".cm-panel.cm-search [name=close]": { color: "var(--ink)", minHeight: "0" },
  ".cm-textfield, .cm-button": { backgroundImage: "none", backgroundColor: "var(--surface)", border: "1px solid var(--edge)", borderRadius: "var(--r1)" },
  ".cm-button:active": { backgroundImage: "none" },
});

const CHINESE = {
  "Control character": "控制字符",
  "Selection deleted": "已删除所选内容",
  Completions: "补全",
  Diagnostics: "问题",
  "No diagnostics": "没有问题",
  close: "关闭",
  Find: "查找",
  Replace: "替换",
  next: "下一个",
  previous: "上一个",
  all: "全部",
  "match case": "区分大小写",
  "by word": "全字匹配",
  regexp: "正则表达式",
  replace: "替换",
  "replace all": "全部替换",
  "current match": "当前匹配",
  "on line": "位于行",
  "replaced match on line $": "已替换第 $ 行的匹配",
  "replaced $ matches": "已替换 $ 处",
  "Go to line": "转到行",
  go: "转到",
};

// Names that a template gives: of functions, classes, parameters, attributes. Comments, strings and
// keywords have no part in it; a keyword's node in the tree is called what it says.
function namesIn(template, language) {
  const names = new Set();
  language.parser.parse(template).iterate({
    enter(node) {
      const text = template.slice(node.from, node.to);
      if (node.node.firstChild || node.name === text || /Comment|String/.test(node.name)) return;
      if (/^[A-Za-z_]\w+$/.test(text)) names.add(text);
    },
  });
  return [...names].sort().map((label) => ({ label }));
}

async function extensionsFor(id, templates) {
  if (!(id in LANGUAGES)) return [];
  const { support, language } = await LANGUAGES[id]();
  const options = namesIn(templates[id] ?? "", language);
  const complete = (context) => {
    const word = context.matchBefore(/\w+/);
    return word && { from: word.from, options, validFor: /^\w*$/ };
  };
  return [support(), language.data.of({ autocomplete: complete })];
}

// What is typed over a selection. Left to the browser, Chromium writes style attributes into the
// lines that it joins; the policy forbids them, and the console would fill with violations.
const typedOverSelection = EditorView.domEventHandlers({
  beforeinput(event, view) {
    if (event.inputType !== "insertText" || event.data === null || view.composing) return false;
    // The state's own selection may be a moment behind the document's.
    const range = document.getSelection().getRangeAt(0);
    if (range.collapsed) return false;
    const from = view.posAtDOM(range.startContainer, range.startOffset);
    const to = view.posAtDOM(range.endContainer, range.endOffset);
    const insertion = () =>
      view.state.update({
        changes: { from, to, insert: event.data },
        selection: { anchor: from + event.data.length },
        userEvent: "input.type",
        scrollIntoView: true,
      });
    const handlers = view.state.facet(EditorView.inputHandler);
    if (!handlers.some((handle) => handle(view, from, to, event.data, insertion))) {
      view.dispatch(insertion());
    }
    event.preventDefault();
    return true;
  },
});

// Takes the place of `textarea`. Each change is an `input` event of the text area's.
export async function attach(textarea, language, templates) {
  const languages = new Compartment();
  const first = await extensionsFor(language, templates);
  let silent = false;
  const view = new EditorView({
    doc: textarea.value,
    extensions: [
      lineNumbers(),
      lintGutter(),
      highlightActiveLine(),
      highlightActiveLineGutter(),
      drawSelection(),
      history(),
      indentOnInput(),
      bracketMatching(),
      closeBrackets(),
      autocompletion(),
      typedOverSelection,
      highlightSelectionMatches(),
      syntaxHighlighting(COLOURS),
      THEME,
      EditorState.tabSize.of(4),
      indentUnit.of("    "),
      document.documentElement.lang.startsWith("zh") ? EditorState.phrases.of(CHINESE) : [],
      EditorView.contentAttributes.of({
        "aria-label": textarea.getAttribute("aria-label"),
        // It takes the focus as it is; this says so to whoever looks for what scrolls by keyboard.
        tabindex: "0",
      }),
      keymap.of([
        { key: "Tab", run: acceptCompletion },
        ...closeBracketsKeymap,
        // Mod-Enter submits.
        ...defaultKeymap.filter((binding) => binding.key !== "Mod-Enter"),
        ...searchKeymap,
        ...historyKeymap,
        ...completionKeymap,
        ...lintKeymap,
        indentWithTab,
      ]),
      languages.of(first),
      EditorView.updateListener.of((update) => {
        if (!update.docChanged) return;
        textarea.value = update.state.doc.toString();
        if (!silent) textarea.dispatchEvent(new Event("input", { bubbles: true }));
      }),
    ],
  });
  const typing = document.activeElement === textarea;
  const { selectionStart: anchor, selectionEnd: head } = textarea;
  view.dispatch({ selection: { anchor, head } });
  textarea.hidden = true;
  // The label is the editor's now.
  textarea.removeAttribute("aria-label");
  textarea.after(view.dom);
  if (typing) view.focus();
  const lineAt = (number) => view.state.doc.line(Math.min(Math.max(number, 1), view.state.doc.lines));
  return {
    focus: () => view.focus(),

    // Another text; it is no change of the reader's.
    show(text) {
      silent = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
      silent = false;
    },

    async speak(id) {
      view.dispatch({ effects: languages.reconfigure(await extensionsFor(id, templates)) });
    },

    select(number) {
      const line = lineAt(number);
      view.dispatch({ selection: { anchor: line.from, head: line.to }, scrollIntoView: true });
      view.focus();
    },

    // Lines with what is wrong there: [{line, message}].
    mark(complaints) {
      const diagnostics = complaints
        .filter(({ line }) => line >= 1 && line <= view.state.doc.lines)
        .map(({ line, message }) => {
          const { from, to, text } = lineAt(line);
          return { from: from + text.length - text.trimStart().length, to, severity: "error", message };
        });
      view.dispatch(setDiagnostics(view.state, diagnostics));
    },
  };
}
