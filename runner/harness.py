"""What a problem's driver imports: it gives the submission's entry and the case, and takes answers.

The driver and the submission share one process, so nothing here is a security boundary: an answer
is data that is compared outside the jail. Two things are kept apart all the same. Before the
submission's first line runs, the driver and the modules of `runner` are removed from `sys.modules`:
a submission that imports `runner.harness` and changes it changes a copy that nobody uses. And the
submission's prints must not mix with the answer.
In the jail the child collects both separately (`in_jail`, `collected`). Outside, in a plain CPython
(`python3 main.py` beside one submission, as other judges of this package format run it), the
real standard output is kept for the answer before the submission's first line runs, and prints go
to standard error.

Standard library only; the functions that need torch are in `runner.cases`.
"""

import importlib.util
import json
import os
import sys
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

in_jail = False
"""The child sets this to True before it runs a driver; answers are then kept for `collected`."""
compiled: dict[str, CodeType] = {}
"""Code objects by file name, set by the child, so that these files aren't compiled again."""

_answers: list[str] = []
_answer_fd: int | None = None
_loaded: ModuleType | None = None
_hidden: dict[str, ModuleType] = {}
"""The modules that `_hide` removed from `sys.modules`; for some this is the only reference."""


def read_case() -> Any:
    """Return the test's input, a JSON document on standard input."""
    return json.loads(sys.stdin.buffer.read())


def entry(name: str, declaration: str = "") -> Any:
    """Return the submission's attribute `name`; the first call loads the submission.

    `declaration` is how the statement writes it, e.g. `class Attention(nn.Module)`. The error shows
    it if the attribute is missing, and it tells whether a function, a class or an nn.Module is
    expected. Raises AttributeError (missing) or TypeError (another kind), saying what to define;
    exceptions that the submission raises while it is imported pass through.
    """
    if not in_jail:
        _keep_stdout()
    module = _loaded or load_submission(_main_folder())
    wanted = declaration or f"def {name}(...)"
    if not hasattr(module, name):
        plain = name.replace("_", "").casefold()
        near = (one for one in vars(module) if one.replace("_", "").casefold() == plain)
        hint = next((f" (found `{found}`)" for found in near), "")
        raise AttributeError(f"the submission must define `{wanted}`{hint}")
    value = getattr(module, name)
    torch = sys.modules.get("torch")
    if not wanted.startswith("class "):
        if not callable(value):
            raise TypeError(f"`{name}` must be a function: define `{wanted}`")
    elif not isinstance(value, type):
        raise TypeError(f"`{name}` must be a class: define `{wanted}`")
    elif "(nn.Module)" in wanted and torch is not None and not issubclass(value, torch.nn.Module):
        raise TypeError(f"`{name}` must be a torch module: define `{wanted}`")
    return value


def answer(text: str) -> None:
    """Add `text` to the answer, with a newline at its end."""
    line = text if text.endswith("\n") else text + "\n"
    if in_jail:
        _answers.append(line)
        return
    data = memoryview(line.encode())
    fd = _keep_stdout()
    while data:
        data = data[os.write(fd, data) :]


def emit_value(name: str, word: object) -> None:
    """Answer one value, e.g. `value requires_grad true`; bools become `true` and `false`."""
    text = str(word).lower() if isinstance(word, bool) else str(word)
    answer(f"value {name} {'_'.join(text.split()) or 'empty'}")


def has_loaded() -> bool:
    """Whether the submission was imported without an exception."""
    return _loaded is not None


def collected() -> bytes:
    """Return all answers given in the jail, in UTF-8."""
    return "".join(_answers).encode()


def load_submission(folder: Path) -> ModuleType:
    """Import the submission in `folder`: `submission.py`, else the only file beside the driver.

    Raises FileNotFoundError if there is no such file, or more than one.
    """
    global _loaded
    path = folder / "submission.py"
    if not path.is_file():
        main = _main_file()
        skipped = main.name if main else None
        others = [one for one in sorted(folder.glob("*.py")) if one.name != skipped]
        if len(others) != 1:
            names = ", ".join(one.name for one in others) or "none"
            raise FileNotFoundError(f"expected one Python file beside the driver, found {names}")
        path = others[0]
    spec = importlib.util.spec_from_file_location("submission", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    _hide()
    sys.modules["submission"] = module  # dataclasses and pickle look the module up by its name
    if path.name in compiled:
        exec(compiled[path.name], vars(module))  # noqa: S102 as the loader does
    else:
        spec.loader.exec_module(module)
    # Restore the process-wide defaults that the submission may have changed during its import.
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_default_dtype(torch.float32)
        torch.set_default_device(None)
        torch.set_grad_enabled(True)
    _loaded = module
    return module


def _hide() -> None:
    """Remove the judge's own modules, and the driver, from `sys.modules`."""
    # Don't iterate over `sys.modules`: in a fork of a process with thousands of modules, counting
    # a reference to each name copies its memory page. That took 7 ms of a test's 25.
    package = sys.modules["runner"]
    for name in ["runner", *(f"runner.{part}" for part in vars(package))]:
        if name in sys.modules:
            _hidden[name] = sys.modules.pop(name)
    main = sys.modules["__main__"]
    _hidden["__main__"] = main
    stand_in = ModuleType("__main__")
    stand_in.__file__ = getattr(main, "__file__", None)
    sys.modules["__main__"] = stand_in


def _main_file() -> Path | None:
    file = getattr(sys.modules["__main__"], "__file__", None)
    return Path(file).absolute() if file else None


def _main_folder() -> Path:
    main = _main_file()
    return main.parent if main else Path.cwd()


def _keep_stdout() -> int:
    """Outside the jail: keep standard output for the answer; let fd 1 lead to standard error."""
    global _answer_fd
    if _answer_fd is None:
        sys.stdout.flush()
        _answer_fd = os.dup(1)
        os.dup2(2, 1)
    return _answer_fd
