const fs = require("fs");
const tried = {
  shadow: () => fs.readFileSync("/etc/shadow"),
  home: () => fs.readFileSync("/root/.bashrc"),
  wrote: () => fs.writeFileSync("/etc/written", "x"),
  linked: () => { fs.symlinkSync("/etc/shadow", "link"); fs.readFileSync("link"); },
  killed: () => process.kill(1, "SIGKILL") && process.pid === 1,
};
for (const [what, attempt] of Object.entries(tried)) {
  try {
    if (attempt() !== false) console.log(what);
  } catch {
    // refused
  }
}
const socket = require("net").connect(80, "127.0.0.1");
socket.on("connect", () => console.log("connected"));
socket.on("error", () => console.log("denied"));
