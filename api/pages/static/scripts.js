// Runs before anything is drawn: what needs scripts, tabs above all, shows as such from the start,
// so that nothing moves when they come. If one can't be loaded, the page works as without scripts.
"use strict";

{
  const { classList } = document.documentElement;
  classList.add("scripts");
  addEventListener(
    "error",
    (event) => {
      if (event.target instanceof HTMLScriptElement) classList.remove("scripts");
    },
    true, // what can't be loaded is told on the way down to its element, and not on the way up
  );
}
