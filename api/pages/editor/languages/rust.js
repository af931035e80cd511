export { rust as support, rustLanguage as language } from "@codemirror/lang-rust";
