"""What a person is told of a run. On hidden tests nothing is said that a submission chose freely:
its output, its exception's text or its exception's name could carry the hidden input out.
"""

import builtins
import re
import signal

from judge.limits import MIB, Limits
from judge.result import Ending, Reply, ReplyKind, RunResult

MAX_SHOWN_BYTES = 4096

_PUBLIC_ERRORS = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
) | {"EinopsError", "JSONDecodeError", "LinAlgError", "OutOfMemoryError"}

# The bounds keep a text that is made for it from taking more than linear time.
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
    """`data` as text for a page or a terminal: cut, and free of control characters."""
    text = data[:limit].decode("utf-8", "replace").replace("\r\n", "\n").translate(_CONTROLS)
    left_out = len(data) - limit
    return text if left_out <= 0 else f"{text}\n... ({left_out} more bytes)"


def told(data: bytes, limit: int = MAX_SHOWN_BYTES) -> str:
    """What a program or a compiler says of itself, as `readable` text: modules by the names under
    which they are imported, since where this machine keeps them is nobody's business."""
    return _LIBRARY.sub("", readable(data, limit))


def explain(run: RunResult, limits: Limits, *, driver: bool, shown: bool, entry: str | None) -> str:
    """Why a run has no output that could be checked; empty where it has.

    `shown` is False on hidden tests. `entry` is what a driver calls.
    """
    ending = _explain_ending(run, limits)
    if ending:
        return ending
    if run.reply is not None and run.reply.kind is not ReplyKind.ANSWER:
        return _explain_reply(run.reply, shown=shown, entry=entry)
    if run.exit_code != 0:
        return f"The program ended with exit code {run.exit_code}."
    if driver and run.reply is None:
        return "The process ended before the answer was there (does the code call os._exit?)."
    return ""


def _explain_ending(run: RunResult, limits: Limits) -> str:
    match run.ending:
        case Ending.CPU_LIMIT:
            return f"More than {limits.cpu_s:g} s of CPU time."
        case Ending.WALL_LIMIT:
            used = f"{run.usage.cpu_s:.2f} s of CPU time used"
            return f"Not done after {limits.wall_s:g} s by the clock ({used})."
        case Ending.MEMORY_LIMIT:
            return f"More than {limits.memory_bytes // MIB} MiB of memory."
        case Ending.OUTPUT_LIMIT:
            return f"More than {limits.output_bytes / MIB:g} MiB of {run.overflow or 'output'}."
        case Ending.FORBIDDEN:
            return "A system call that the jail does not allow."
        case Ending.SIGNALED:
            return f"Killed by {_signal_name(run.signal)}."
        case Ending.EXITED:
            return ""


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _explain_reply(reply: Reply, *, shown: bool, entry: str | None) -> str:
    if reply.kind is ReplyKind.MALFORMED:
        detail = f": {reply.text}" if shown and reply.text else ""
        return f"What came back is no answer{detail}."
    if reply.error_type.startswith(_TORCH_COMPILER):
        return (
            "torch.compile needs a C++ compiler, and no program can be started here: leave it out."
        )
    if shown and reply.text:
        return told(reply.text.encode("utf-8", "replace")).rstrip()
    name = reply.error_type.rpartition(".")[2]
    what = name if name in _PUBLIC_ERRORS else "An exception"
    if reply.line is not None:
        return f"{what} in line {reply.line}."
    called = f" (the judge calls `{entry}`)" if entry else ""
    return f"{what} outside the submission's own lines{called}."
