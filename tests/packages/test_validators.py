"""A package's validators are untrusted programs, too: whatever they do, the submission is not
blamed.
"""

from dataclasses import replace

import pytest

from judge.grading import Agree, Group
from judge.job import JudgeJob, Source
from judge.limits import Limits
from judge.result import JudgingResult, TestResult
from judge.verdict import Verdict
from tests.packages.data import OWN_PROBLEMS, package
from tests.packages.verifying import verified
from tests.unit.judge.problem_package.making import LEGACY
from worker.judging.judging import Judged, TestDone, judge
from worker.judging.test_data import InMemory
from worker.packages.verification import Verified, cases_of, job_of, verify
from worker.sandbox.base import Sandbox

# Of time by the clock so much that a validator which counts reaches its CPU limit on any machine.
LIMITS = Limits(cpu_s=1.0, wall_s=60.0, output_bytes=1 << 20)


def job(
    data: InMemory, slug: str, validator: str, language: str = "python3", limits: Limits = LIMITS
) -> JudgeJob:
    """The package's first accepted Python submission, judged by a validator of this text."""
    whole = package(OWN_PROBLEMS / slug)
    accepted = next(one for one in whole.submissions if one.language == "python3" and not one.files)
    assert whole.validator is not None
    name = "check.cpp" if language == "cpp" else "check.py"
    spec = replace(
        whole.validator, language=language, files={name: validator.encode()}, limits=limits
    )
    return replace(job_of(whole, accepted, cases_of(whole, data)), validator=spec)


def outcome(job: JudgeJob, sandbox: Sandbox, data: InMemory) -> tuple[JudgingResult, TestResult]:
    results = []
    for event in judge(job, sandbox, data):
        if isinstance(event, TestDone):
            results.append(event.result)
        elif isinstance(event, Judged):
            return event.result, results[-1]
    raise AssertionError("no verdict")


SCORE = "import sys\nopen(sys.argv[3] + '{}', 'w').write('{}')\nsys.exit({})\n"


@pytest.mark.parametrize(
    ("validator", "said"),
    [
        ("", "ended with exit code 0"),
        ("raise SystemExit(1)", "ended with exit code 1"),
        ("import os\nos.kill(os.getpid(), 11)", "ended by signal 11"),
        ("while True: pass", "stopped: cpu limit"),
        ("import time\ntime.sleep(999)", "stopped: wall limit"),
        ("while True: print('x' * 10000)", "stopped: output limit"),
        ("x = bytearray(2 << 30)\nx[::4096] = x[::4096]", "stopped: memory limit"),
        (SCORE.format("score.txt", "3", 42), "this problem has no scores"),
        (SCORE.format("score.txt", "3", 43), "it rejects, and yet leaves `score.txt`"),
        (SCORE.format("nextpass.in", "3", 43), "it rejects, and yet leaves `nextpass.in`"),
        (SCORE.format("nextpass.in", "3", 42), "more than 1 passes"),
    ],
)
def test_a_validator_that_fails_is_the_packages_fault(
    sandbox: Sandbox, validator: str, said: str
) -> None:
    data = InMemory()
    limits = replace(LIMITS, wall_s=3.0) if "wall" in said else LIMITS
    result, _ = outcome(job(data, "anysum", validator, limits=limits), sandbox, data)
    assert result.verdict is Verdict.JE
    assert said in result.detail
    assert "not the submission's fault" in result.message or "failed" in result.message


def test_a_validator_that_forks_for_ever_is_stopped(sandbox: Sandbox) -> None:
    data = InMemory()
    bomb = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass\n"
    result, _ = outcome(job(data, "anysum", bomb), sandbox, data)
    assert result.verdict is Verdict.JE


def test_a_validator_that_does_not_compile_is_the_packages_fault(sandbox: Sandbox) -> None:
    data = InMemory()
    *_, last = judge(job(data, "anysum", "int main() {", "cpp"), sandbox, data)
    assert isinstance(last, Judged)
    assert last.result.verdict is Verdict.JE
    assert "check.cpp" in last.result.detail
    assert "check.cpp" not in last.result.message


def test_feedback_is_for_whom_it_is_meant(sandbox: Sandbox) -> None:
    data = InMemory()
    text = (
        "import sys\n"
        "open(sys.argv[3] + 'teammessage.txt', 'w').write('for you')\n"
        "open(sys.argv[3] + 'judgemessage.txt', 'w').write('for the author')\n"
        "sys.exit(43)\n"
    )
    result, test = outcome(job(data, "anysum", text), sandbox, data)
    assert (result.verdict, test.message, test.detail) == ("WA", "for you", "for the author")
    assert "author" not in result.message


def test_a_validator_sees_files_and_arguments(sandbox: Sandbox) -> None:
    data = InMemory()
    text = (
        "import os, sys\n"
        "parts = [open(name).read().strip() for name in sys.argv[1:3]]\n"
        "parts += [sys.argv[3], *sys.argv[4:], sys.stdin.read().strip()]\n"
        "open(sys.argv[3] + 'judgemessage.txt', 'w').write('|'.join(parts))\n"
        "sys.exit(43)\n"
    )
    whole = job(data, "anysum", text)
    with_words = replace(whole, checker=replace(whole.checker, arguments=("one", "two")))
    _, test = outcome(with_words, sandbox, data)
    assert test.detail == "7|1 6|feedback/|one|two|3\n4"


TALKS = "import sys\nprint('lower', flush=True)\nsys.stdin.readline()\n"


@pytest.mark.parametrize(
    ("validator", "verdict", "said"),
    [
        ("while True: pass", "JE", "stopped: cpu limit"),
        (TALKS + "sys.exit(1)", "JE", "exit code 1"),
        (TALKS + "sys.exit(43)", "WA", ""),
        # It accepts and ends while the submission waits for an answer, which then fails because
        # none comes.
        (TALKS + "sys.exit(42)", "RTE", ""),
    ],
)
def test_who_breaks_off_a_conversation(
    sandbox: Sandbox, validator: str, verdict: str, said: str
) -> None:
    data = InMemory()
    result, _ = outcome(job(data, "hilo", validator), sandbox, data)
    assert result.verdict == verdict
    assert said in result.detail


THINKS = """import sys, time
secret = int(open(sys.argv[1]).read())
end = time.process_time() + 1.5
while time.process_time() < end:
    pass
guess = 0
while guess != secret:
    guess = int(input())
    print("right" if guess == secret else "higher" if secret > guess else "lower", flush=True)
sys.exit(42)
"""


def test_a_submission_is_not_charged_for_the_validators_work(sandbox: Sandbox) -> None:
    """Neither one run's limit nor the limit of all runs: each run waits longer than the
    submission's own limit.
    """
    data = InMemory()
    whole = job(data, "hilo", THINKS, limits=replace(LIMITS, cpu_s=10.0))
    limits = replace(whole.limits, cpu_s=0.5, wall_s=1.0)
    twice = replace(whole, limits=limits, tests=whole.tests[:2])
    result, _ = outcome(twice, sandbox, data)
    assert result.verdict is Verdict.AC


def test_a_validator_that_only_waits_gives_no_time(sandbox: Sandbox) -> None:
    data = InMemory()
    whole = job(data, "hilo", "import sys\nsys.stdin.read()\nsys.exit(43)\n")
    limits = replace(whole.limits, wall_s=0.6)
    silent = Source("python3", "input()")
    result, test = outcome(replace(whole, limits=limits, source=silent), sandbox, data)
    assert (result.verdict, test.verdict) == ("TLE", "TLE")


SLOW = "import sys\nfor line in sys.stdin:\n    for _ in range(20_000): pass\nsys.exit(43)\n"


@pytest.mark.parametrize(
    ("lines", "verdict"),
    # A few lines are for the validator to cope with; nobody can expect it of a flood.
    [(10, "WA"), (100_000, "OLE")],
)
def test_a_flood_is_no_fault_of_the_validator(sandbox: Sandbox, lines: int, verdict: str) -> None:
    data = InMemory()
    whole = job(data, "anysum", SLOW)
    flood = replace(whole, source=Source("python3", f"for n in range({lines}): print(n)"))
    result, test = outcome(flood, sandbox, data)
    assert result.verdict == verdict
    assert verdict == "WA" or "it was stopped" in test.detail


LISTENS = "import sys\nn = 0\nwhile True:\n    n += len(input())\n    print(n, flush=True)\n"


def test_nor_is_a_conversation_without_end(sandbox: Sandbox) -> None:
    data = InMemory()
    whole = job(data, "hilo", LISTENS)
    assert whole.validator is not None
    patient = replace(whole.limits, cpu_s=10.0, wall_s=20.0)
    chats = Source("python3", "while True:\n    print(1, flush=True)\n    input()\n")
    flood = replace(whole, source=chats, limits=patient)
    result, test = outcome(flood, sandbox, data)
    assert result.verdict == "OLE"
    assert "it was stopped" in test.detail


def test_a_validator_that_never_ends_blames_nobody_else(sandbox: Sandbox) -> None:
    """The submission has failed before."""
    data = InMemory()
    whole = job(data, "hilo", "import sys\nsys.stdin.read()\nwhile True: pass\n")
    fails = replace(whole, source=Source("python3", "raise SystemExit(1)"))
    assert outcome(fails, sandbox, data)[0].verdict == "RTE"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (("score_multiplier.txt", "1.5"), "not between 0 and 1"),
        (("score_multiplier.txt", "half"), "holds no number"),
        (("score_multiplier.txt", "-1"), "not between 0 and 1"),
        (("score.txt", "90"), "90 points where 40 are the most"),
        (("score.txt", "1_0"), "holds no number"),
        (("score.txt", "1e16"), "1e+16, which is no score"),
    ],
)
def test_points_are_checked(sandbox: Sandbox, written: tuple[str, str], said: str) -> None:
    data = InMemory()
    text = "import sys\nif 'exact' in sys.argv: sys.exit(42)\n" + SCORE.format(*written, 42)
    result, test = outcome(job(data, "shares", text), sandbox, data)
    assert (result.verdict, test.verdict) == ("JE", "JE")
    assert said in test.detail


def test_the_message_is_of_the_test_whose_verdict_counts(sandbox: Sandbox) -> None:
    """The group's rule says the worst verdict, which another test than the first has."""
    data = InMemory()
    whole = package(OWN_PROBLEMS / "sumprogram")
    text = "n, *numbers = map(int, open(0).read().split())\nprint(numbers[0])\n"
    tests = cases_of(whole, data)
    group = Group("", tuple(test.name for test in tests), agree=Agree.WORST)
    graded = replace(
        job_of(whole, whole.submissions[0], tests), source=Source("python3", text), grading=group
    )
    results = {}
    for event in judge(graded, sandbox, data):
        if isinstance(event, TestDone):
            results[event.result.name] = event.result.verdict
        elif isinstance(event, Judged):
            assert list(results.values())[:2] == [Verdict.WA, Verdict.RTE]
            assert event.result.verdict is Verdict.RTE
            assert event.result.message.startswith("secret/01-none: IndexError in line 2")


def test_verification_tries_the_validators(sandbox: Sandbox) -> None:
    whole = package(OWN_PROBLEMS / "anysum")
    assert whole.validator is not None
    takes_all = {"check.py": b"import sys\nsys.exit(42)\n"}
    lax = replace(
        whole,
        submissions=whole.submissions[:1],
        validator=replace(whole.validator, language="python3", files=takes_all),
        input_validators=(replace(whole.input_validators[0], files=takes_all),),
    )
    *_, last = verify(lax, sandbox, 2)
    assert isinstance(last, Verified)
    assert not last.holds
    assert [error.split(":")[0] for error in last.errors] == [
        "data/invalid_input/zero.in",
        "data/invalid_output/short.out",
        "output_validator/check",
    ]
    assert last.errors[2].startswith("output_validator/check: accepts everything")
    assert any("none of them refuses an empty file" in warning for warning in last.warnings)
    assert any("accepts an empty file on every test" in warning for warning in last.warnings)


def test_verification_names_refused_inputs_and_answers(sandbox: Sandbox) -> None:
    whole = package(OWN_PROBLEMS / "anysum")
    sample, *rest = whole.tests
    broken = replace(sample, input=b"0\n", answer=b"1\n")
    *_, last = verify(replace(whole, tests=(broken, *rest)), sandbox, 2)
    assert isinstance(last, Verified)
    found = [error for error in last.errors if error.startswith("data/sample")]
    assert found[0].startswith("data/sample/1.in: the input validator `validate.py` refuses it")
    assert found[1].startswith("data/sample/1.ans: the output validator does not accept it: WA")


def test_the_reason_for_a_refusal_is_the_last_line_of_long_messages_too(sandbox: Sandbox) -> None:
    whole = package(OWN_PROBLEMS / "anysum")
    text = "import sys\nprint('a line\\n' * 100)\nsys.exit('the sum is odd')\n"
    wordy = replace(whole.input_validators[0], files={"v.py": text.encode()})
    *_, last = verify(replace(whole, input_validators=(wordy,)), sandbox, 2)
    assert isinstance(last, Verified)
    assert {error.rpartition(": ")[2] for error in last.errors} == {"the sum is odd"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("while True: pass", "it was stopped: cpu limit"),
        ("raise SystemExit(3)", "it ended with exit code 3, not 42 or 43"),
    ],
)
def test_nothing_is_judged_with_a_broken_validator(sandbox: Sandbox, text: str, said: str) -> None:
    whole = package(OWN_PROBLEMS / "anysum")
    assert whole.validator is not None
    validator = replace(
        whole.validator, language="python3", files={"check.py": text.encode()}, limits=LIMITS
    )
    *_, last = verify(replace(whole, validator=validator), sandbox, 1)
    assert isinstance(last, Verified)
    assert last.submissions == ()
    assert not last.holds
    # One that hangs is tried once; the others would take as long.
    tries = 1 if "while" in text else len(whole.tests)
    refused = [error for error in last.errors if "does not accept it" in error]
    assert len(refused) == tries
    assert all(said in error for error in refused)


def test_an_input_validator_that_hangs_is_tried_once(sandbox: Sandbox) -> None:
    whole = package(OWN_PROBLEMS / "anysum")
    hangs = replace(whole.input_validators[0], files={"v.py": b"while True: pass\n"})
    broken = replace(whole, input_validators=(hangs,), input_limits=LIMITS)
    *_, last = verify(broken, sandbox, 1)
    assert isinstance(last, Verified)
    (error,) = last.errors
    assert "refuses it: it was stopped: cpu limit" in error


def test_a_judges_error_ends_a_judging(sandbox: Sandbox) -> None:
    data = InMemory()
    whole = job(data, "anysum", "raise SystemExit(3)")
    events = list(judge(whole, sandbox, data, every_test=True))
    assert len([event for event in events if isinstance(event, TestDone)]) == 1


def test_time_limit_is_found_where_the_package_names_none(sandbox: Sandbox) -> None:
    whole = package(OWN_PROBLEMS / "relay")
    free = replace(whole, timing=replace(whole.timing, fixed=False, resolution_s=0.5))
    *_, last = verify(free, sandbox, 2)
    assert isinstance(last, Verified)
    assert last.holds
    assert last.limits.cpu_s == 0.5


def test_files_that_are_too_large_are_named(sandbox: Sandbox) -> None:
    data = InMemory()
    text = "import sys\nopen(sys.argv[3] + 'judgemessage.txt', 'w').write('x' * (2 << 20))\n"
    _, test = outcome(job(data, "anysum", text), sandbox, data)
    assert "it ended with exit code 1" in test.detail
    assert "the files to keep are larger than 1048576 bytes" in test.detail


@pytest.mark.parametrize("nested", ["", "check/"])
def test_findings_name_the_validators_where_they_lie(sandbox: Sandbox, nested: str) -> None:
    yes, no = "import sys\nsys.exit(42)\n", "print\n1 +\n"
    inputs, outputs = f"input_format_validators/{nested}", f"output_validators/{nested}"
    custom = LEGACY["problem.yaml"] + "validation: custom\n"
    files = {"problem.yaml": custom, f"{inputs}a.py": yes, f"{outputs}b.py": yes}
    lax = verified(sandbox, files, LEGACY)
    assert any(one.startswith("input_format_validators: none") for one in lax.warnings)
    assert any(one.startswith(f"{_place(outputs, 'b.py')}: accepts") for one in lax.errors)
    broken = verified(sandbox, {**files, f"{inputs}a.py": no, f"{outputs}b.py": no}, LEGACY)
    assert [error.split(":")[0] for error in broken.errors] == [
        _place(inputs, "a.py"),
        _place(outputs, "b.py"),
    ]


def _place(folder: str, name: str) -> str:
    """A validator's path: its folder, if it has one of its own, else its file."""
    return folder.rstrip("/") if folder.count("/") > 1 else f"{folder}{name}"
