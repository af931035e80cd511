"""A judging has the same result whether its tests run side by side or one after the other."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest

from judge.differences import Reason
from judge.grading import Agree, Group
from judge.job import BlobRef, JudgeJob, TestCase
from judge.limits import Limits, Usage
from judge.result import RunResult
from judge.verdict import Verdict
from tests.packages.data import OWN_PROBLEMS, package
from tests.packages.margins import Recording
from worker.judging.ahead import SpareCores
from worker.judging.judging import Judged, JudgeEvent, TestDone, judge
from worker.judging.test_data import InMemory, TestDataError
from worker.packages.verification import cases_of, job_of
from worker.sandbox.base import HearIf, Interaction, Party, Program, Sandbox
from worker.sandbox.stop import Stop

LIMITS = Limits(cpu_s=0.2, wall_s=20.0, output_bytes=1 << 16)
ENDLESS = Limits(cpu_s=1000.0, wall_s=1000.0)
"""A run that is waited for to its limit makes a test fail by its own time limit."""
TESTS = 8
WRONG, FAILS, SPINS, LEAVES = "n = 0", "n = 1 // 0", "while True: pass", "raise SystemExit(7)"
SLEEPS = "import time; time.sleep(0.5)"


class Idle:
    """Three cores to spare, as long as `free` says that nobody else needs them."""

    at_once = 4

    def __init__(self, free: Callable[[], bool] = lambda: True) -> None:
        self._free = free
        self._lock = threading.Lock()
        self.lent = self.ever_lent = 0

    def take(self) -> bool:
        with self._lock:
            lends = self.lent < 3 and self._free()
            self.lent += lends
            self.ever_lent += lends
            return lends

    def give_back(self) -> None:
        with self._lock:
            self.lent -= 1
            assert self.lent >= 0

    def so_far(self) -> int:
        """Return how often a core was taken, including a call in progress."""
        with self._lock:
            return self.ever_lent


class Watching(Recording):
    """Another sandbox, and how many runs there are in it, and were at once."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self._lock = threading.Lock()
        self.running = self.most = 0
        self.begun, self.ended = threading.Event(), threading.Event()

    def run(
        self, program: Program, stdin: bytes, limits: Limits, stop: Stop | None = None
    ) -> RunResult:
        with self._one_more():
            return super().run(program, stdin, limits, stop)

    def interact(
        self,
        party: Party,
        partner: Party,
        goes_on: Callable[[RunResult], bool],
        stop: Stop | None = None,
        *,
        hear_if: HearIf | None = None,
    ) -> Interaction:
        with self._one_more():
            return super().interact(party, partner, goes_on, stop, hear_if=hear_if)

    @contextmanager
    def _one_more(self) -> Iterator[None]:
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        self.begun.set()
        try:
            yield
        finally:
            with self._lock:
                self.running -= 1
            self.ended.set()


@dataclass(frozen=True)
class Case:
    """A submission that does `bad[n]` on test `n` (from 1), and the verdicts that are told."""

    slug: str
    bad: dict[int, str]
    told: list[str]
    limits: Limits = LIMITS
    grading: Group | None = None
    every_test: bool = False
    samples: frozenset[int] = field(default=frozenset({1}))


def numbered(*numbers: int) -> tuple[str, ...]:
    return tuple(map(str, numbers))


GROUPS = Group(
    "",
    groups=(
        Group("first", numbered(1, 2, 3), stops=True),
        Group("second", numbered(4, 5), requires=("first",)),
        Group("third", numbered(6, 7, 8), stops=True),
    ),
    agree=Agree.WORST,
)
ALL = ["AC"] * TESTS
CASES = {
    "all are right": Case("sumprogram", {}, ALL),
    "the first failure counts": Case("sumprogram", {3: WRONG, 7: FAILS}, ["AC", "AC", "WA"]),
    "a later test that ends sooner": Case("sumprogram", {2: SLEEPS, 3: WRONG}, ["AC", "AC", "WA"]),
    "too slow between others": Case("sumprogram", {4: SPINS}, ["AC", "AC", "AC", "TLE"]),
    "what nobody needs is ended": Case(
        "sumprogram", {1: WRONG, 2: SPINS, 3: SPINS, 4: SPINS}, ["WA"], ENDLESS
    ),
    "samples first": Case(
        "sumprogram", {5: LEAVES, 1: WRONG}, ["AC", "RTE"], samples=frozenset({3, 5})
    ),
    "every failure of a function": Case(
        "sumfunction", {3: WRONG, 7: FAILS}, ["AC", "AC", "WA", "AC", "AC", "AC", "RTE", "AC"]
    ),
    "a function that is too slow": Case("sumfunction", {2: WRONG, 3: SPINS}, ["AC", "WA", "TLE"]),
    "every test": Case(
        "sumprogram",
        {2: FAILS, 5: SPINS},
        ["AC", "RTE", "AC", "AC", "TLE", "AC", "AC", "AC"],
        every_test=True,
    ),
    "scores": Case("sumprogram", {7: WRONG}, ["AC"] * 6 + ["WA"], grading=GROUPS),
    "a group breaks off": Case(
        "sumprogram",
        {2: WRONG, 3: SPINS, 7: FAILS},
        ["AC", "WA", "AC", "RTE"],
        ENDLESS,
        grading=GROUPS,
    ),
}


def job_for(case: Case, data: InMemory) -> JudgeJob:
    whole = package(OWN_PROBLEMS / case.slug)
    tests = tuple(
        TestCase(
            str(number),
            number in case.samples,
            data.add(f"1\n{number}\n".encode()),
            data.add(f"{number}\n".encode()),
        )
        for number in range(1, TESTS + 1)
    )
    # Each in a line of its own, so that the places of failures differ.
    steps = [f"    if k == {number}:\n        {what}\n" for number, what in case.bad.items()]
    body = "    k = n = sum(numbers)\n" + "".join(steps) + "    return n\n"
    text = "def total(numbers):\n" + body
    if case.slug == "sumprogram":
        text += "print(total(list(map(int, open(0).read().split()[1:]))))\n"
    python = next(one for one in whole.submissions if one.language == "python3")
    job = job_of(whole, replace(python, text=text), tests)
    return replace(job, limits=case.limits, grading=case.grading)


def comparable(event: JudgeEvent, job: JudgeJob) -> JudgeEvent:
    """`event` without what differs each time: the time and memory that tests took, and of a
    conversation its words: the validator may leave before or after the submission's next one."""
    match event:
        case TestDone(result=result):
            speaks = job.validator is not None and job.validator.interactive
            output = None if speaks else event.output
            return replace(event, result=replace(result, usage=Usage()), output=output)
        case Judged(result):
            return Judged(replace(result, usage=Usage()))
        case _:
            return event


def both(
    job: JudgeJob, sandbox: Sandbox, data: InMemory, *, every_test: bool = False
) -> list[JudgeEvent]:
    """The events of a judging side by side, which are those of one after the other."""
    cores, watching = Idle(), Watching(sandbox)
    events = list(judge(job, watching, data, cores, every_test=every_test))
    assert watching.running == cores.lent == 0
    assert watching.most <= cores.at_once
    alone = list(judge(job, sandbox, data, every_test=every_test))
    assert [comparable(one, job) for one in events] == [comparable(one, job) for one in alone]
    return events


@pytest.mark.parametrize("name", CASES)
def test_events_are_the_same(sandbox: Sandbox, name: str) -> None:
    case, data = CASES[name], InMemory()
    events = both(job_for(case, data), sandbox, data, every_test=case.every_test)
    told = [event.result.verdict for event in events if isinstance(event, TestDone)]
    assert told == case.told


@pytest.mark.parametrize("slug", ["hilo", "relay", "shares"])
def test_the_packages_own_validators_speak_side_by_side(sandbox: Sandbox, slug: str) -> None:
    whole = package(OWN_PROBLEMS / slug)
    for submission in whole.submissions:
        # What is too slow takes its time, and compilers theirs.
        if submission.language == "python3" and Verdict.TLE not in submission.expected:
            data = InMemory()
            both(job_of(whole, submission, cases_of(whole, data)), sandbox, data)


def test_places_of_hidden_tests_are_named_in_order(sandbox: Sandbox) -> None:
    data = InMemory()
    case = Case("sumfunction", {2: SLEEPS + f"; {FAILS}", 3: FAILS, 4: FAILS}, [])
    events = both(job_for(case, data), sandbox, data)
    failed = [e.result.difference for e in events if isinstance(e, TestDone)]
    lines = [one.values.get("line") for one in failed if one is not None]
    assert lines == [4, 6, None]


def test_what_would_have_run_out_of_time_in_its_turn_does(sandbox: Sandbox) -> None:
    data = InMemory()
    case = Case("sumfunction", dict.fromkeys((1, 2, 3), SLEEPS), [], Limits(cpu_s=0.2, wall_s=0.8))
    whole = job_for(case, data)
    # 1.2 seconds for three tests of half a second each.
    (*_, last) = judge(replace(whole, tests=whole.tests[:3]), sandbox, data, Idle())
    assert isinstance(last, Judged)
    assert last.result.difference is not None
    assert (last.result.verdict, last.result.difference.reason) == ("TLE", Reason.TIME_BUDGET)


def test_cores_are_asked_for_before_each_test(sandbox: Sandbox) -> None:
    """Another submission arrives after the second test: the later tests run one after the other."""
    data, done = InMemory(), 0
    cores = Idle(lambda: done < 2)
    for event in judge(job_for(CASES["all are right"], data), sandbox, data, cores):
        if isinstance(event, TestDone):
            done = event.index
            if done == 2:
                lent = cores.so_far()
    assert done == TESTS
    assert cores.ever_lent == lent
    assert cores.lent == 0


@pytest.mark.parametrize(("bad", "raises"), [({}, True), ({3: WRONG}, False)])
def test_an_error_of_ours_is_raised_in_its_tests_turn(
    sandbox: Sandbox, bad: dict[int, str], raises: bool
) -> None:
    data = InMemory()
    job = job_for(replace(CASES["all are right"], bad=bad), data)
    lost = replace(job.tests[4], input=BlobRef("0" * 64, 1))
    job = replace(job, tests=(*job.tests[:4], lost, *job.tests[5:]))
    told = []
    try:
        for event in judge(job, sandbox, data, Idle()):
            told.append(event)
        failed = False
    except TestDataError:
        failed = True
    assert failed == raises
    results = [event.result.verdict for event in told if isinstance(event, TestDone)]
    assert results == (["AC"] * 4 if raises else ["AC", "AC", "WA"])


class ToldToLeaveError(Exception):
    """What a signal raises in the thread that judges."""


def test_who_is_told_to_leave_ends_the_test_that_they_wait_for(sandbox: Sandbox) -> None:
    def leave(*_: object) -> None:
        raise ToldToLeaveError

    data, watching = InMemory(), Watching(sandbox)
    job = job_for(Case("sumprogram", {1: SPINS}, [], ENDLESS), data)
    before = signal.signal(signal.SIGUSR1, leave)

    def tell() -> None:
        watching.begun.wait()
        os.kill(os.getpid(), signal.SIGUSR1)

    teller = threading.Thread(target=tell)
    teller.start()
    try:
        with pytest.raises(ToldToLeaveError):
            list(judge(job, watching, data, Idle(lambda: False)))
    finally:
        teller.join()
        signal.signal(signal.SIGUSR1, before)
    watching.ended.wait()


def test_who_leaves_early_leaves_nothing_behind(sandbox: Sandbox) -> None:
    data = InMemory()
    cores: SpareCores = Idle()
    watching = Watching(sandbox)
    case = Case("sumprogram", dict.fromkeys(range(2, TESTS + 1), SPINS), [], ENDLESS)
    events = judge(job_for(case, data), watching, data, cores)
    assert [type(next(events)).__name__ for _ in range(2)] == ["Compiling", "TestDone"]
    events.close()
    assert watching.running == 0
