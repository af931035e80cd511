"""Runs all code that parses strangers' bytes on inputs that are slow or hard to parse.

Run as `python -m tests.support.nasty`. It finds the code by walking the modules, so new code is
included: every regular expression of ours, every function of `judge.tensor_text`,
`worker.checkers` and `worker.judging` that takes only bytes or text, every checker, and the parser
of a jail's output. It prints a line before each step; the kernel ends the process if a step takes
STEP_S of CPU time. With an argument, only steps whose name contains it run.
"""

import ast
import contextlib
import importlib
import inspect
import math
import pkgutil
import re
import resource
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

import api
import cli
import judge
import runner.protocol
import worker
from judge.job import CheckerSpec
from judge.limits import Limits, Usage
from judge.result import Ending, Reply, ReplyKind, RunResult
from worker.checkers import MAKERS, checker_for
from worker.checkers.comparing import WrongAnswers, agreements, wrong_facts
from worker.checkers.rounding import roundings
from worker.judging.explanations import Explainer
from worker.judging.languages import languages

SIZE = 1 << 16
STEP_S = 3
"""The slowest linear step takes 0.2 s of CPU time; a regular expression that needs quadratic time
takes half a minute."""
_PIECES = (
    b"1", b"0", b" ", b"\n", b"\t", b"\r\n", b".", b"-", b"+", b"e", b"0x", b"_", b"[", b"(", b"{",
    b'"', b"\\", b"'", b"a", b"\0", b"\xff", b"\xc3", b"%", b"//", b"/*", b"<", b"&", b"::", b",",
    b"1 ", b"1.", b"1e", b"1x", b"x1", b"a ", b"1\n", b"-1 ", b"0x1p", b" \n", b"\\\n", b"\n\n ",
    b"nan ", b"inf\n", b"value ", b"value a ", b"value a true ", b"value a true\n", b"tensor ",
    b"tensor a float32 ", b"tensor a float32 1\n1\n", b"public ", b"public  ", b"public final ",
    b"class ", b"public class", b"error: ", b"File \"", b"{\"a\":", b"# problem: ", b"shousi:",
)  # fmt: skip
_STARTS = (b"", b"value a true", b"tensor out float32 2x3\n")
_ENDS = (b"x", b"\n", b" x")
Pattern = tuple[str, re.Pattern[Any]]
"""A name and a compiled regular expression."""
Parser = tuple[str, Callable[..., object], tuple[type, ...]]
"""A name, a function, and the type of each of its arguments: bytes or str."""
_PARSERS_IN = ("judge.tensor_text", "worker.checkers", "worker.judging")


def alphabets() -> Iterator[bytes]:
    """Yield SIZE bytes of each piece, repeated, with an end that makes most patterns fail."""
    for piece in _PIECES:
        body = piece * (SIZE // len(piece))
        for start, end in zip(_STARTS, _ENDS, strict=True):
            if len(piece) == 1 or not start:
                yield start + body + end


def modules() -> Iterator[ModuleType]:
    """Import and yield every module of ours that runs outside the jail."""
    for package in (worker, judge, api, cli):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "migrations" not in found.name and not found.name.endswith("__main__"):
                yield importlib.import_module(found.name)


def patterns() -> Iterator[Pattern]:
    """Yield all patterns: compiled ones, those written in a call, and those of `languages.toml`."""
    for module in modules():
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern):
                yield f"{module.__name__}.{name}", value
        assert module.__file__ is not None
        for node in ast.walk(ast.parse(Path(module.__file__).read_text())):
            if is_call_of_re(node):
                pattern = node.args[0].value  # type: ignore[attr-defined] # see is_call_of_re
                yield f"{module.__name__}:{node.lineno}", re.compile(pattern)  # type: ignore[attr-defined]
    for language in languages().values():
        if language.misnamed:
            pattern = f"^source:\\d+: {language.misnamed}"
            yield f"languages.{language.id}", re.compile(pattern, re.MULTILINE)


def is_call_of_re(node: ast.AST) -> bool:
    """Whether `node` is a call such as `re.search("...", text)`, with the pattern as a literal."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        and node.func.attr in {"match", "search", "fullmatch", "sub", "split", "findall"}
        and isinstance(node.args[0], ast.Constant)
    )


def parsers() -> Iterator[Parser]:
    """Yield the functions whose required arguments are all bytes or text."""
    found = [module for module in modules() if module.__name__.startswith(_PARSERS_IN)]
    for module in (*found, runner.protocol):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ != module.__name__ or inspect.isgeneratorfunction(function):
                continue
            needed = [
                parameter.annotation
                for parameter in inspect.signature(function).parameters.values()
                if parameter.default is parameter.empty
            ]
            if needed and all(each in (bytes, str) for each in needed):
                yield f"{module.__name__}.{name}", function, tuple(needed)


def _thousand_matches(pattern: re.Pattern[Any], subject: Any) -> list[re.Match[Any]]:
    return list(islice(pattern.finditer(subject), 1000))


def steps(
    data: bytes, patterns_found: Sequence[Pattern], parsers_found: Sequence[Parser]
) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield all steps for one input: (name, function without arguments)."""
    text = data.decode("latin-1")
    for name, pattern in patterns_found:
        subject: Any = data if isinstance(pattern.pattern, bytes) else text
        yield f"{name} fullmatch", partial(pattern.fullmatch, subject)
        yield f"{name} finditer", partial(_thousand_matches, pattern, subject)
    for name, function, needed in parsers_found:
        arguments = [data if each is bytes else text for each in needed]
        yield name, partial(function, *arguments)
    for spec in (*map(CheckerSpec, MAKERS), CheckerSpec("tokens", ("float_tolerance", "1e-6"))):
        for answer in (b"1 2 3\n", b"tensor out float32 2x3\n1 2 3 4 5 6\n", data + b" 1\n"):
            checker = checker_for(spec)
            yield f"{spec} check", partial(checker.check, b"", data, answer)
    wrong = WrongAnswers({"1": data, "2": data + b"1"}, 2)
    answers = {"1": b"1", "2": data}
    checker = checker_for(CheckerSpec())
    yield "agreements", lambda: agreements(checker, wrong, [wrong], answers, 9)
    yield "wrong_facts", lambda: wrong_facts(checker, wrong, answers)
    yield "roundings", lambda: roundings(wrong, [wrong], answers)
    reply = Reply(ReplyKind.EXCEPTION, data[:100], text[:200], 3, text[-4096:])
    run = RunResult(Ending.EXITED, Usage(), 1, reply=reply, stdout=data, stderr=data)
    explainer = Explainer(Limits(), True, "solve", text)
    yield "explain", lambda: [explainer.explain(run, shown=shown) for shown in (True, False)]


def main(only: str = "") -> None:
    """Run all steps whose name contains `only`."""
    patterns_found, parsers_found = list(patterns()), list(parsers())
    for name, *_ in (*patterns_found, *parsers_found):
        print("found", name)  # noqa: T201
    for data in alphabets():
        for name, step in steps(data, patterns_found, parsers_found):
            if only in name:
                print(name, data[:24], data[-3:], flush=True)  # noqa: T201
                used = resource.getrusage(resource.RUSAGE_SELF)
                end_s = math.ceil(used.ru_utime + used.ru_stime + STEP_S)
                # Only the soft limit: it can be raised again for the next step.
                resource.setrlimit(resource.RLIMIT_CPU, (end_s, resource.RLIM_INFINITY))
                with contextlib.suppress(Exception):  # other tests check the errors for junk
                    step()
    # The end of the interpreter is no step, and has all modules to take apart.
    resource.setrlimit(resource.RLIMIT_CPU, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main(*sys.argv[1:])
