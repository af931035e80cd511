export { python as support, pythonLanguage as language } from "@codemirror/lang-python";
