"""Explains a run to the user. For hidden tests no text is shown that the submission chose freely:
its output, its exception's text or its exception's name could reveal the hidden input.

Values from the untrusted process are restricted: a line number must be that of a source line with
code, an exception's name one that Python or a library defines, an exit code or a signal a usual
one. The remaining information still tells one of some hundred *places*; `Places` lets a judging
name only a few of them.
"""

import builtins
import re
import signal
from dataclasses import dataclass, field, replace
from typing import Any

from judge.differences import Difference, Reason
from judge.limits import MIB, Limits
from judge.result import Ending, Reply, ReplyKind, RunResult
from runner.protocol import AT_IMPORT
from worker.judging.fixed_texts import fixed_text

MAX_SHOWN_BYTES = 4096
MOST_PLACES = 2
"""How many different places the hidden tests of one judging may name."""

_PUBLIC_ERRORS = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
) | {"EinopsError", "JSONDecodeError", "LinAlgError", "OutOfMemoryError"}
_USUAL_SIGNALS = frozenset({"SIGSEGV", "SIGABRT", "SIGFPE", "SIGBUS", "SIGILL", "SIGKILL"})
# Errors of most languages (1, 2), Rust's panic (101), SIGABRT and SIGSEGV as shells report them.
_USUAL_EXIT_CODES = frozenset({1, 2, 101, 134, 139})
_PLACE = ("error_type", "line", "what")

# Parts of the harness's messages; see `runner/harness.py`.
_ENTRY_MISSING = "the submission must define `"
_ENTRY_OTHER_SORT = ("must be a function: define `", "must be a class: define `",
                     "must be a torch module: define `")  # fmt: skip
# The exceptions of reading if standard input is at its end, or a line has too few words.
_AT_END_OF_INPUT = frozenset({"EOFError", "IndexError", "ValueError", "StopIteration"})
_READING = ("input(", "sys.stdin", "open(0")

# The repetition limits keep the time linear, also for a text that is made to be slow.
_LIBRARY = re.compile(
    r'(?:(?<=")/[^"\n]{0,4096}/|(?<![\w"/])/(?:[^\s"\'/:]{1,255}/){0,40})'
    r"(?:(?:site|dist)-packages|python\d\.\d+|(?=runner/\w+\.py))/?(?=\w)"
)
_TORCH_COMPILER = "torch._inductor.exc."
_KEPT_CONTROLS = {ord("\n"), ord("\t")}
_CONTROLS = {
    code: "\ufffd" for code in (*range(32), *range(127, 160)) if code not in _KEPT_CONTROLS
}


def readable(data: bytes, limit: int = MAX_SHOWN_BYTES) -> str:
    """Return `data` as text for a page or a terminal: cut, and without control characters."""
    text = data[:limit].decode("utf-8", "replace").replace("\r\n", "\n").translate(_CONTROLS)
    left_out = len(data) - limit
    return text if left_out <= 0 else f"{text}\n... ({left_out} more bytes)"


def told(data: bytes, limit: int = MAX_SHOWN_BYTES) -> str:
    """Return the output of a program or compiler as `readable` text. Library paths are shortened to
    import paths, to hide where this machine has its libraries."""
    return _LIBRARY.sub("", readable(data, limit))


@dataclass(slots=True)
class Places:
    """The places that one judging has named in its hidden tests."""

    _named: set[tuple[Any, ...]] = field(default_factory=set)

    def bounded(self, difference: Difference) -> Difference:
        """Return `difference`, without its place if too many other places are named already."""
        place = tuple(difference.values.get(name) for name in _PLACE)
        if place == (None,) * len(_PLACE) or place in self._named:
            return difference
        if len(self._named) < MOST_PLACES:
            self._named.add(place)
            return difference
        kept = {name: value for name, value in difference.values.items() if name not in _PLACE}
        return replace(difference, values=kept)


@dataclass(frozen=True, slots=True)
class Explainer:
    """Explains the runs of one submission. `driver` tells whether there is a driver; `entry` is the
    function or class that it calls."""

    limits: Limits
    driver: bool
    entry: str | None
    source: str

    def explain(self, run: RunResult, *, shown: bool) -> Difference | None:
        """Return why a run has no output to check; None if it has one."""
        ending = self._ending(run, shown=shown)
        if ending is not None:
            return ending
        if run.reply is not None and run.reply.kind is not ReplyKind.ANSWER:
            return self._reply(run.reply, shown=shown)
        if run.exit_code != 0:
            code = {"code": run.exit_code}
            usual = shown or run.exit_code in _USUAL_EXIT_CODES
            return Difference(Reason.EXIT_CODE, code if usual else {})
        if self.driver and run.reply is None:
            return Difference(Reason.NO_ANSWER)
        return None

    def _ending(self, run: RunResult, *, shown: bool) -> Difference | None:
        limits = self.limits
        match run.ending:
            case Ending.CPU_LIMIT:
                return Difference(Reason.CPU_LIMIT, {"limit_s": limits.cpu_s})
            case Ending.WALL_LIMIT:
                used = {"cpu_s": round(run.usage.cpu_s, 2)} if shown else {}
                return Difference(Reason.WALL_LIMIT, {"limit_s": limits.wall_s} | used)
            case Ending.MEMORY_LIMIT:
                return Difference(Reason.MEMORY_LIMIT, {"limit_mib": limits.memory_bytes // MIB})
            case Ending.OUTPUT_LIMIT:
                stream = {} if run.overflow is None else {"stream": run.overflow.value}
                limit_mib = limits.output_bytes / MIB
                return Difference(Reason.OUTPUT_LIMIT, {"limit_mib": limit_mib} | stream)
            case Ending.FORBIDDEN:
                return Difference(Reason.FORBIDDEN_CALL)
            case Ending.SIGNALED:
                name = _signal_name(run.signal)
                usual = shown or name in _USUAL_SIGNALS
                return Difference(Reason.KILLED, {"signal": name} if usual else {})
            case Ending.EXITED:
                return None

    def _reply(self, reply: Reply, *, shown: bool) -> Difference:
        if reply.kind is ReplyKind.MALFORMED:
            detail = {"detail": reply.text} if shown and reply.text else {}
            return Difference(Reason.MALFORMED_ANSWER, detail)
        if reply.error_type.startswith(_TORCH_COMPILER):
            return Difference(Reason.TORCH_COMPILE)
        name = reply.error_type.rpartition(".")[2]
        values: dict[str, Any] = {"error_type": name} if name in _PUBLIC_ERRORS else {}
        if reply.payload == AT_IMPORT:
            values["at_import"] = True
        # The failure can't be in a line without code, whatever the reply says.
        lines = self.source.split("\n")
        line = reply.line or 0
        code = lines[line - 1].strip() if 1 <= line <= len(lines) else ""
        if code and not code.startswith("#"):
            values["line"] = line
        # The exception's own message comes last, after the source lines.
        said = reply.text[max(0, reply.text.rfind(f"{name}:")) :] if name else reply.text
        if (what := fixed_text(said)) is not None:
            values["what"] = what
        text = told(reply.text.encode("utf-8", "replace")).rstrip() if shown else ""
        if text:
            values["text"] = text
        reason = self._mistaken_entry(reply)
        if reason is not None:
            return Difference(reason, values | {"entry": self.entry})
        if text and (reply.line is not None or not self.driver):
            return Difference(Reason.TRACEBACK, values)
        if reply.line is not None:
            return Difference(Reason.EXCEPTION, values)
        called = {"entry": self.entry} if self.entry else {}
        return Difference(Reason.EXCEPTION_OUTSIDE, values | called)

    def _mistaken_entry(self, reply: Reply) -> Reason | None:
        """Return why the submission doesn't define what the driver calls; None if it does."""
        if not self.driver or self.entry is None:
            return None
        missing = _ENTRY_MISSING in reply.text
        defined = any(
            words in self.source for words in (f"def {self.entry}", f"class {self.entry}")
        )
        ended = reply.error_type in _AT_END_OF_INPUT and not defined
        if (missing or ended) and any(words in self.source for words in _READING):
            return Reason.READS_INPUT
        if missing:
            return Reason.ENTRY_MISSING
        if any(words in reply.text for words in _ENTRY_OTHER_SORT):
            return Reason.ENTRY_OTHER_SORT
        return None


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
