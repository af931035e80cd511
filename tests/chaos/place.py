"""A place where the service runs while faults strike it, and what came out of that."""

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
"""So many that no innocent submission is hit so often by chance."""
QUICK = {
    "SHOUSI_LEASE_S": str(LEASE_S),
    "SHOUSI_STALE_S": "2",
    "SHOUSI_RECONCILE_S": "0.5",
    "SHOUSI_MAX_ATTEMPTS": str(MAX_ATTEMPTS),
    # Timing accepted submissions once more when all is at rest is no part of this.
    "SHOUSI_RETIME_AFTER_S": "0",
    "SHOUSI_LIMIT_SUBMIT": "100000/minute",
    "SHOUSI_LIMIT_SUBMIT_ADDRESS": "100000/minute",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """`strike` returns when the fault is over, e.g. what was frozen has been thawed."""

    how: str
    whom: str
    strike: Callable[[], None]
    may_hit_a_run: bool = False
    """Whether the process may be a submission that runs, or process 1 of its jail. Its death is the
    submission's own: nobody can tell who killed it."""


class Place(ABC):
    """A service that is up; a subclass says what can befall it there."""

    name: str
    url: str
    mix: Sequence[Work] = MIX
    """What is sent to it."""
    left_out: list[str]
    """Faults that can't be made there, each with the reason."""

    @abstractmethod
    def faults(self) -> list[Fault]:
        """Each kind of fault against each kind of process, once or more."""

    @abstractmethod
    def events(self) -> Counter[tuple[str, str]]:
        """How many events of a kind each submission has, by (submission's id, kind)."""

    @abstractmethod
    def kill_judging(self) -> None:
        """SIGKILL to each process that may be judging."""


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault that struck, from when to when."""

    how: str
    whom: str
    may_hit_a_run: bool
    began: float
    ended: float


@dataclass
class Outcome:
    """Of one place. Times are monotonic seconds."""

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
    """`total` submissions while each of the place's faults strikes, in an order drawn with `seed`;
    then one that is poison. Submissions are under way whenever a fault strikes, and most of them
    have their verdict before the next. From `until` on, in monotonic seconds, no further fault
    strikes and nothing more is sent, and which faults that left out is named."""
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
                outcome.left_out.append(f"for want of time: {', '.join(sorted(rest))}")
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
    """What is wrong, after all was done that will be done."""
    events = place.events()
    excuses = sum(fault.may_hit_a_run for fault in outcome.faults)
    for one in outcome.sent:
        what = f"{one.number} ({one.work.slug})"
        if not one.verdict:
            outcome.lost.append(what)
        elif one.verdict != one.work.wanted:
            # A run that was killed or frozen itself tells so.
            if one.verdict in {"RTE", "TLE"} and outcome.own_deaths < excuses:
                outcome.own_deaths += 1
            else:
                outcome.wrong.append(f"{one.verdict} instead of {one.work.wanted} for {what}")
        if events[one.id, "done"] > 1:
            outcome.duplicated.append(what)


def _poison(place: Place, load: Load) -> str:
    """What is wrong with the end of a submission whose judging process is killed each time; empty
    where it is JE after exactly all attempts."""
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
