"""The process that reads submissions' outputs: `python -m worker.checkers.process FD`.

Theory of operation. A checker is our own Python code on untrusted bytes. It should take linear
time; if it doesn't, no other code may have to wait for it. So it runs in a process of its own,
which reads one question after the other from the socket FD and answers it. Before each question it
asks the kernel to end it by SIGXCPU after the question's CPU seconds, and if memory runs out it
sends only that fact: the caller counts both as the submission's fault. It holds no lock, no
descriptor and no connection except that socket, and ends when the other end is closed.

A message is a length, a JSON header, and blobs whose sizes are in the header. Both ends are trusted
and trust each other; still the caller reads answers as data, never as code.
"""

import json
import math
import resource
import socket
import struct
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from judge.differences import from_json
from judge.job import CheckerSpec
from judge.result import CheckResult
from judge.verdict import Verdict
from worker.checkers import checker_for, comparer_for
from worker.checkers.comparing import WrongAnswers, agreements, wrong_facts
from worker.checkers.rounding import roundings

TOO_MUCH = "too much"
_LENGTH = struct.Struct("<Q")
_MEMORY_BYTES = 8 << 30
"""The limit on address space; most of it is reserved by numpy and never used."""

Header = dict[str, Any]


def send(connection: socket.socket, header: Header, blobs: Sequence[bytes] = ()) -> None:
    """Send one message."""
    text = json.dumps({**header, "sizes": [len(blob) for blob in blobs]}).encode()
    connection.sendall(_LENGTH.pack(len(text)) + text)
    for blob in blobs:
        connection.sendall(blob)


def receive(connection: socket.socket) -> tuple[Header, list[bytes]] | None:
    """Return the next message; None if the other end is closed."""
    length = _receive_bytes(connection, _LENGTH.size)
    text = length and _receive_bytes(connection, _LENGTH.unpack(length)[0])
    if not text:
        return None
    header: Header = json.loads(text)
    blobs = []
    for size in header["sizes"]:
        blob = _receive_bytes(connection, size)
        if blob is None:
            return None
        blobs.append(blob)
    return header, blobs


def _receive_bytes(connection: socket.socket, size: int) -> bytes | None:
    data = bytearray(size)
    rest = memoryview(data)
    while rest:
        try:
            count = connection.recv_into(rest)
        except ConnectionError:
            return None
        if count == 0:
            return None
        rest = rest[count:]
    return bytes(data)


def question_of_check(
    spec: CheckerSpec, output: bytes, answer: bytes
) -> tuple[Header, list[bytes]]:
    """Return a question for a `CheckResult`; see `result_of`."""
    return {"do": "check", **_spec(spec)}, [output, answer]


def question_of_comparison(
    do: str,
    spec: CheckerSpec,
    wrong: Sequence[WrongAnswers],
    answers: Mapping[str, bytes],
    ran: int = 0,
) -> tuple[Header, list[bytes]]:
    """Return a question about wrong answers. `do` is `agreements` (how the first agrees with each
    of the others), `roundings` (with which of them it shares a loss of precision) or `facts` (the
    wrong facts of each)."""
    rows = [{"tests": list(one.outputs), "failed": one.failed, "drawn": one.drawn} for one in wrong]
    header = {"do": do, **_spec(spec), "wrong": rows, "answers": list(answers), "ran": ran}
    outputs = [output for one in wrong for output in one.outputs.values()]
    return header, [*outputs, *answers.values()]


def question_of_answers(source: str, questions: Sequence[bytes]) -> tuple[Header, list[bytes]]:
    """Return a question for the answers in a quiz's answers file; see
    `judge.quizzes.answers.read_answers`."""
    return {"do": "answers"}, [source.encode("utf-8", "surrogatepass"), *questions]


def result_of(header: Header) -> CheckResult:
    """Return the `CheckResult` in the answer to `question_of_check`."""
    return CheckResult(
        Verdict(header["verdict"]),
        from_json(header["difference"]),
        hidden=from_json(header["hidden"]),
        # Latin-1 has a character for each byte, so any output fits into JSON.
        comparable=header["comparable"] and header["comparable"].encode("latin-1"),
    )


def _spec(spec: CheckerSpec) -> Header:
    return {"checker": spec.name, "arguments": list(spec.arguments)}


def _answer(header: Header, blobs: list[bytes]) -> Header:
    if header["do"] == "answers":
        return _answers(*blobs)
    spec = CheckerSpec(header["checker"], tuple(header["arguments"]))
    if header["do"] == "check":
        check = checker_for(spec).check(b"", *blobs)
        return {
            "verdict": check.verdict,
            "difference": check.difference.to_json() if check.difference else None,
            "hidden": check.hidden.to_json() if check.hidden else None,
            "comparable": check.comparable and check.comparable.decode("latin-1"),
        }
    remaining = iter(blobs)
    wrong = [
        WrongAnswers({test: next(remaining) for test in row["tests"]}, row["failed"], row["drawn"])
        for row in header["wrong"]
    ]
    answers = {test: next(remaining) for test in header["answers"]}
    checker = comparer_for(spec)
    if header["do"] == "agreements":
        return {"agreements": agreements(checker, wrong[0], wrong[1:], answers, header["ran"])}
    if header["do"] == "roundings":
        return {"roundings": roundings(wrong[0], wrong[1:], answers)}
    facts = [wrong_facts(checker, one, answers) for one in wrong]
    return {"facts": [None if names is None else sorted(names) for names in facts]}


def _answers(source: bytes, *questions: bytes) -> Header:
    # Imported here: other questions are far more frequent and don't need YAML, which loads slowly.
    from judge.problem_package.complaints import Complaints
    from judge.quizzes.answers import read_answers
    from judge.quizzes.questions import question_from_bytes

    complaints = Complaints()
    asked = [question_from_bytes(question) for question in questions]
    given = read_answers(source.decode("utf-8", "surrogatepass"), asked, complaints)
    # In a compiler's format, so that it is parsed like a compiler's output.
    errors = [f"{one.file}:{one.line or 1}: error: {one.message}" for one in complaints]
    return {"answers": given, "errors": errors}


def main() -> None:
    """Answer questions until the other end is closed."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    # SIGXCPU would leave a core file each time, with test data in it.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    while (question := receive(connection)) is not None:
        header, blobs = question
        used = resource.getrusage(resource.RUSAGE_SELF)
        # The kernel counts from the process's start, so add the time used so far.
        end_s = math.ceil(used.ru_utime + used.ru_stime + header["cpu_s"])
        # Set only the soft limit, so that it can be raised for the next question.
        resource.setrlimit(resource.RLIMIT_CPU, (end_s, resource.RLIM_INFINITY))
        try:
            answer = _answer(header, blobs)
        except MemoryError:
            answer = {TOO_MUCH: True}
        try:
            send(connection, answer)
        except ConnectionError:
            return


if __name__ == "__main__":
    main()
