export { cpp as support, cppLanguage as language } from "@codemirror/lang-cpp";
