"""A place is one way to run the service; `run` sends it submissions while faults strike it."""

import random
import sys
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from tests.chaos.load import MIX, PEOPLE, SPIN, Load, Sent, Work, new_people, send

LEASE_S = 3.0
PAST_THE_LEASE_S = 2 * LEASE_S
MAX_ATTEMPTS = 8
"""So many that no submission is hit by chance at every attempt."""
QUICK = {
    "SHOUSI_LEASE_S": str(LEASE_S),
    "SHOUSI_STALE_S": "2",
    "SHOUSI_RECONCILE_S": "0.5",
    "SHOUSI_MAX_ATTEMPTS": str(MAX_ATTEMPTS),
    # Don't time accepted submissions again: this is no part of the test.
    "SHOUSI_RETIME_AFTER_S": "0",
    "SHOUSI_LIMIT_SUBMIT": "100000/minute",
    "SHOUSI_LIMIT_SUBMIT_ADDRESS": "100000/minute",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault against a process or part. `strike` returns when the fault is over, e.g. a frozen
    process continues."""

    how: str
    whom: str
    strike: Callable[[], None]
    may_hit_a_run: bool = False
    """Whether the process may be a running submission, or process 1 of its jail. If it is killed,
    the submission may get RTE: the worker can't know who killed it."""


class Place(ABC):
    """A running service; a subclass defines the faults that can strike it."""

    name: str
    url: str
    mix: Sequence[Work] = MIX
    """The submissions that it gets, in turn."""
    left_out: list[str]
    """Faults that are impossible in this place, each with the reason."""

    @abstractmethod
    def faults(self) -> list[Fault]:
        """Return each kind of fault against each kind of process, once or more often."""

    @abstractmethod
    def events(self) -> Counter[tuple[str, str]]:
        """Count the events of each submission, by (submission's id, event's kind)."""

    @abstractmethod
    def kill_judging(self) -> None:
        """Send SIGKILL to each process that may be judging."""


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault that has struck, with its begin and end in monotonic seconds."""

    how: str
    whom: str
    may_hit_a_run: bool
    began: float
    ended: float


@dataclass
class Outcome:
    """The results of one place. Times are monotonic seconds."""

    name: str
    left_out: list[str]
    began: float
    ended: float = 0.0
    sent: list[Sent] = field(default_factory=list)
    faults: list[Struck] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    own_deaths: int = 0
    poison: str = ""

    @property
    def times_s(self) -> list[float]:
        return sorted(one.took_s for one in self.sent if one.verdict)

    @property
    def complaints(self) -> list[str]:
        found = [f"lost {each}" for each in self.lost]
        found += [f"two verdicts for {each}" for each in self.duplicated]
        return found + self.wrong + ([self.poison] if self.poison else [])


def run(
    place: Place,
    total: int,
    seed: int,
    *,
    give_up_s: float = 60.0,
    patience_s: float = 180.0,
    with_poison: bool = True,
    until: float = float("inf"),
) -> Outcome:
    """Send `total` submissions while all the place's faults strike, in a random order by `seed`;
    then one poison submission (see `_poison`). Some submissions are in progress at each fault, and
    most have their verdict before the next one. From `until` on, in monotonic seconds, no further
    fault strikes and nothing more is sent; the outcome names the faults that this left out."""
    faults = place.faults()
    random.Random(seed).shuffle(faults)
    outcome = Outcome(place.name, place.left_out, time.monotonic())
    people = new_people(place.url)
    with closing(Load(place.url, place.mix, people, total, give_up_s)) as load:
        load.start()
        each = max(1, total // len(faults))
        for number, fault in enumerate(faults, start=1):
            if time.monotonic() > until:
                rest = Counter(f"{one.how} ({one.whom})" for one in faults[number - 1 :])
                outcome.left_out.append(f"no time was left for: {', '.join(sorted(rest))}")
                load.send_no_more()
                break
            load.release(each)
            load.await_ended(each - each // 3)
            began = time.monotonic()
            fault.strike()
            struck = (fault.how, fault.whom, fault.may_hit_a_run, began, time.monotonic())
            outcome.faults.append(Struck(*struck))
            load.await_ended(min(PEOPLE, each) // 2)
            say(
                f"{place.name} {number}/{len(faults)}: {fault.how}, {fault.whom};"
                f" {sum(bool(one.verdict) for one in load.sent)} of {total} judged,"
                f" {time.monotonic() - began:.1f} s"
            )
        load.settle(patience_s)
        outcome.sent = load.sent
        outcome.ended = time.monotonic()
        if with_poison:
            outcome.poison = _poison(place, load)
            say(f"{place.name}: {outcome.poison or 'poison ended as it must'}")
    look(place, outcome)
    found = {"lost": outcome.lost, "duplicated": outcome.duplicated, "wrong": outcome.wrong}
    counts = ", ".join(f"{len(what)} {name}" for name, what in found.items())
    say(f"{place.name}: {len(outcome.sent)} submissions, {len(outcome.faults)} faults, {counts}")
    return outcome


def look(place: Place, outcome: Outcome) -> None:
    """Find lost, duplicated and wrong verdicts, after all submissions have settled."""
    events = place.events()
    excuses = sum(fault.may_hit_a_run for fault in outcome.faults)
    for one in outcome.sent:
        what = f"{one.number} ({one.work.slug})"
        if not one.verdict:
            outcome.lost.append(what)
        elif one.verdict != one.work.wanted:
            # RTE and TLE are right for a submission whose own process a fault killed or froze.
            if one.verdict in {"RTE", "TLE"} and outcome.own_deaths < excuses:
                outcome.own_deaths += 1
            else:
                outcome.wrong.append(f"{one.verdict} instead of {one.work.wanted} for {what}")
        if events[one.id, "done"] > 1:
            outcome.duplicated.append(what)


def _poison(place: Place, load: Load) -> str:
    """Send a poison submission: each process that judges it is killed. Return a complaint unless it
    ends as JE after exactly MAX_ATTEMPTS attempts."""
    with load.http(load.tokens[0]) as http:
        id = send(http, Work("maxsubarray", "python3", SPIN, "JE"), "chaos-poison")
        killed = 0
        while not (events := place.events())[id, "done"]:
            if events[id, "judging"] > killed:
                killed = events[id, "judging"]
                place.kill_judging()
            time.sleep(0.1)
        verdict = http.get(f"/submissions/{id}").json()["verdict"]
    attempts = events[id, "judging"]
    return "" if (verdict, attempts) == ("JE", MAX_ATTEMPTS) else f"poison: {verdict} {attempts}"


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
