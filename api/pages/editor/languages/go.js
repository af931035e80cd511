export { go as support, goLanguage as language } from "@codemirror/lang-go";
