export { java as support, javaLanguage as language } from "@codemirror/lang-java";
