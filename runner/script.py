"""Runs Python source as `__main__`, as CPython does, and sends a frame with the result.

Nothing here is a security boundary: the submission shares this process and can change every name in
it. Honest programs find what a plain CPython gives them: argv, `__file__`, tracebacks with their
own lines, exit codes, threads that are waited for, `atexit`.
"""

import atexit
import contextlib
import functools
import importlib
import linecache
import marshal
import os
import signal
import sys
import threading
import traceback
import warnings
from pathlib import Path
from types import CodeType, ModuleType, TracebackType
from typing import NoReturn

from runner.programs import write_all, write_files
from runner.protocol import AT_IMPORT, BOX, Frame, FrameKind, Job, Mode, encode_files, encode_frame

_SUBMISSION = "submission.py"
_OWN_FOLDER = os.path.dirname(__file__)  # noqa: PTH120
_INTERRUPTED = 130
_FLUSH_FAILED = 120
_COMPILE_ERRORS = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError)
_MOST_BYTECODE = 1 << 20  # a file with more is compiled again for each test


def check(job: Job, result_fd: int) -> NoReturn:
    """Compile the files that `argv` names, run none, and reply FILES with their bytecode.

    Reply SYNTAX if the first file, the submission, does not compile. Errors in the other files,
    which belong to the package, show when these are run.
    """
    first, *others = job.argv
    try:
        codes = {first: _compile(job, first)}
    except _COMPILE_ERRORS as error:
        line = 0
        if isinstance(error, SyntaxError):
            line = max(0, error.lineno or 0)
            error.filename = first
        text = "".join(traceback.format_exception_only(error))
        frame = Frame(FrameKind.SYNTAX, b"", type(error).__name__, line, text)
        write_all(result_fd, encode_frame(frame))
        os._exit(1)
    for name in others:
        with contextlib.suppress(*_COMPILE_ERRORS), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            codes[name] = _compile(job, name)
    bytecode = {name: data for name, code in codes.items() if (data := _bytecode(code))}
    write_all(result_fd, encode_frame(Frame(FrameKind.FILES, encode_files(bytecode))))
    os._exit(0)


@functools.cache
def _box() -> str:
    """Return the initial working directory: /box, or another path if the jail has no own root."""
    return str(Path.cwd())


def _compile(job: Job, name: str) -> CodeType:
    return compile(job.files[name], f"{_box()}/{name}", "exec", dont_inherit=True)


def _bytecode(code: CodeType) -> bytes:
    """Return bytecode for `_code` to load; empty if it can't be serialised or is too long."""
    try:
        data = marshal.dumps(code)
    except (ValueError, MemoryError):  # nested too deep
        return b""
    return data if len(data) <= _MOST_BYTECODE else b""


def _code(job: Job, name: str) -> CodeType:
    """Return a file's code object: from the bytecode that CHECK returned, else compiled now."""
    if name not in job.code:
        return _compile(job, name)
    # Bytecode can do no more in the jail than source can. Outside the jail nobody loads it.
    code: CodeType = marshal.loads(job.code[name])  # noqa: S302
    return code if _box() == BOX else _moved(code, f"{_box()}/{name}")


def _moved(code: CodeType, path: str) -> CodeType:
    """Return code compiled in another folder with its file's path in this one."""
    inner = [_moved(one, path) if isinstance(one, CodeType) else one for one in code.co_consts]
    return code.replace(co_filename=path, co_consts=tuple(inner))


def run(job: Job, result_fd: int) -> NoReturn:
    """Run `job.argv[0]` as `__main__`, reply, and exit with the code that CPython would return."""
    _Case(job, result_fd).run()


class _Case:
    """One run of a program. It remembers its process id, because a fork of it must not reply."""

    def __init__(self, job: Job, result_fd: int) -> None:
        self._job = job
        self._result_fd = result_fd
        self._pid = os.getpid()
        self._main = f"{_box()}/{job.argv[0]}"
        self._driver = job.mode == Mode.DRIVER
        self._harness: ModuleType | None = None
        # If the package's own program is run, the submission's file may have another name.
        own = _SUBMISSION if _SUBMISSION in job.files else job.argv[0]
        self._own = f"{_box()}/{own}"
        self._hidden = {f"{_box()}/{name}" for name in job.files} - {self._own}

    def run(self) -> NoReturn:
        code = self._execute()
        if not self._driver:
            # CPython does the same after `__main__`.
            try:
                threading._shutdown()  # type: ignore[attr-defined]
                atexit._run_exitfuncs()
            except KeyboardInterrupt:
                signal.signal(signal.SIGINT, signal.SIG_DFL)
        os._exit(_flush() or code)

    def _execute(self) -> int:
        """Run the program and reply; return the exit code."""
        try:
            write_files(self._job.files, _box(), None, 0o644)
            sys.path.insert(0, _box())
            for name, content in self._job.files.items():
                # Tracebacks show the original source, even if the program changes the file.
                lines = content.decode("utf-8", "replace").splitlines(keepends=True)
                path = f"{_box()}/{name}"
                linecache.cache[path] = (len(content), None, lines, path)
            if self._driver:
                # Import it now: later it hides itself from the submission.
                harness = importlib.import_module("runner.harness")
                others = [name for name in self._job.code if name != self._job.argv[0]]
                codes = {name: _code(self._job, name) for name in others}
                vars(harness).update(in_jail=True, compiled=codes)
                self._harness = harness
            module = ModuleType("__main__")
            module.__file__ = self._main
            vars(module).update(__builtins__=sys.modules["builtins"], __annotations__={})
            sys.modules["__main__"] = module
            code = _code(self._job, self._job.argv[0])
            exec(code, vars(module))  # noqa: S102 this is what the jail is for
            self._answer()
        except SystemExit as error:
            return self._on_exit(error)
        except BaseException as error:  # noqa: BLE001 whatever a submission raises is reported
            return self._on_exception(error)
        return 0

    def _on_exit(self, error: SystemExit) -> int:
        """Handle `sys.exit` as CPython does; with a driver the submission's counts as a failure."""
        code = error.code
        if self._driver and _line_of(error, self._own) is not None:
            return self._on_exception(error)
        if code is None or code == 0:
            self._answer()
            return 0
        if isinstance(code, int):
            return code & 0xFF
        print(code, file=sys.stderr)  # noqa: T201 as CPython does
        return 1

    def _on_exception(self, error: BaseException) -> int:
        """Write the traceback to standard error, and reply EXCEPTION."""
        trace = error.__traceback__
        error = error.with_traceback(trace.tb_next if trace else None)
        if self._driver:
            text = _without(error, self._hidden)
            sys.stderr.write(text)
        else:
            sys.excepthook(type(error), error, error.__traceback__)
            text = _without(error, frozenset())
        line = _line_of(error, self._own) or 0
        at_import = self._harness is not None and not self._harness.has_loaded()
        said = AT_IMPORT if at_import else b""
        kind = type(error)
        name = kind.__qualname__
        if kind.__module__ not in ("builtins", "__main__", "submission"):
            name = f"{kind.__module__}.{name}"
        frame = Frame(FrameKind.EXCEPTION, said, name, line, text)
        self._reply(frame)
        return _INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1

    def _reply(self, frame: Frame) -> None:
        if os.getpid() == self._pid:
            try:
                write_all(self._result_fd, encode_frame(frame))
            except OSError:
                return  # the submission has closed the channel: then there is no reply

    def _answer(self) -> None:
        """After a driver's normal end, send its answer and exit at once.

        The submission's threads and exit handlers can't change the answer, so they aren't run.
        """
        if self._harness is None:
            return
        payload = self._harness.collected()
        _flush()
        self._reply(Frame(FrameKind.ANSWER, payload))
        os._exit(0)


def _flush() -> int:
    """Flush both outputs; return 0, or CPython's exit code if standard output can't be flushed."""
    code = 0
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except (OSError, ValueError, AttributeError):
            code = _FLUSH_FAILED if stream is sys.stdout else code
    return code


def _line_of(error: BaseException, own: str) -> int | None:
    """Return the innermost line of the file `own` in the traceback or in its syntax error; None
    if there is none."""
    if isinstance(error, SyntaxError) and error.filename == own:
        return error.lineno
    line = None
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == own:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _without(error: BaseException, hidden: set[str] | frozenset[str]) -> str:
    """Return the traceback as text, without frames of the `hidden` files and of libraries."""
    try:
        report = traceback.TracebackException.from_exception(error)
        _prune(report, hidden)
        return "".join(report.format())
    except Exception as failure:  # noqa: BLE001 a submission's exception may fail to show itself
        return f"{type(error).__name__} (its traceback raised {type(failure).__name__})\n"


def _prune(report: traceback.TracebackException, hidden: set[str] | frozenset[str]) -> None:
    kept = [
        frame
        for frame in report.stack
        if frame.filename not in hidden
        and not frame.filename.startswith((_OWN_FOLDER, "<frozen importlib"))
    ]
    # The many frames of a library such as torch would hide the submission's own line.
    own = [frame for frame in kept if frame.filename.startswith(f"{BOX}/")]
    report.stack[:] = own or kept
    for linked in (report.__cause__, report.__context__):
        if linked is not None:
            _prune(linked, hidden)
