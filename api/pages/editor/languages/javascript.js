export { javascript as support, javascriptLanguage as language } from "@codemirror/lang-javascript";
