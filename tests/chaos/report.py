"""Writes a run's results to docs/reliability.md."""

import os
import platform
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from judge.queue_history import quantile
from tests.chaos.load import PEOPLE
from tests.chaos.place import LEASE_S, MAX_ATTEMPTS, Outcome
from tests.support.launched import PROJECT

_INTRO = """# Reliability

Every process can be killed, frozen or cut off at any moment: no submission is lost, none gets two
verdicts, and each gets the right one. `make chaos` tests this: it starts the real service, sends
submissions to real problems all the time, and lets one fault after the other strike each kind of
process, in a random order with a seed. All places run at the same time. Two controls show that the
test can fail: a service without one of its safeguards must lose a submission, or give one two
verdicts. The run writes this page.
How it is done: [decision 0049](decisions/0049-the-kill-test.md).
"""
_MEANING = f"""
- **Lost**: no verdict in the end. **Duplicated**: more than one `done` event. **Wrong**: another
  verdict than the submission must get.
- **Its own death**: if a fault hits the process in which a submission runs, the submission may get
  RTE or TLE, because the worker can't know who killed or froze it. This column counts at most one
  such verdict for each fault that may hit a run; any further one counts as wrong.
- **Time to verdict** is measured by the client, from its first attempt to send until it sees the
  verdict, with all outages in between. A client gives up after a minute and asks again at the end
  of the run: the time then ends there.
- {PEOPLE} clients send at the same time: Python, torch and quizzes, right and wrong, and programs
  that kill themselves. Each place also gets one poison submission: each process that judges it is
  killed, until it is JE after exactly {MAX_ATTEMPTS} attempts.
- A lease is {LEASE_S:.0f} s here, not 30, so that lost judgings are found sooner; frozen processes
  and full disks stay so for two leases.
"""
_COLUMNS = (
    "| | submissions | faults | lost | duplicated | wrong | its own death"
    " | median s | p99 s | longest s | took s |"
)


@dataclass
class Run:
    """A whole run. `absent` are places that this machine can't have, `broken` those that failed
    with an exception, each with the reason."""

    asked: int
    seed: int
    minutes: float
    places: list[Outcome] = field(default_factory=list)
    controls: list[Outcome] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def command(self) -> str:
        return f"make chaos N={self.asked} SEED={self.seed} MINUTES={self.minutes:g}"

    @property
    def is_good(self) -> bool:
        """Whether no place has complaints and every control fails."""
        fail = all(one.lost or one.duplicated for one in self.controls)
        return fail and not self.broken and not any(one.complaints for one in self.places)


def write(run: Run, page: Path, picture: str) -> None:
    """Write the page; `picture` is the path of its picture, relative to the page."""
    commit = _said("git", "rev-parse", "--short=10", "HEAD")
    now = datetime.now(UTC)
    lines = [
        _INTRO,
        "## The last run",
        f"{now:%Y-%m-%d}, commit {commit}, {_machine()}.",
        f"`{run.command}`",
        "",
        _COLUMNS,
        "|---|" + "---:|" * 10,
        *map(_row, run.places),
        *map(_row, run.controls),
        "",
        *(f"- Broke off: {each}" for each in run.broken),
        *(f"- Left out: {each}" for each in run.absent),
        *(
            f"- Left out in {one.name}: {each}"
            for one in run.places
            for each in one.left_out
        ),
        _MEANING,
        "## What the controls lost",
        *map(_control, run.controls),
        "",
        "## Time to verdict, and the faults",
        f"![Each submission's time to verdict, with a line for each fault]({picture})",
        "",
        "## The faults of each place",
        "One line for each kind of fault, with whom it struck.",
        "",
        *(line for one in run.places for line in _faults(one)),
    ]  # fmt: skip
    page.write_text("\n".join(lines).rstrip() + "\n")


def _row(one: Outcome) -> str:
    found = (quantile(one.times_s, percent) for percent in (50, 99, 100))
    times = " | ".join("–" if each is None else f"{each:.1f}" for each in found)
    return (
        f"| {one.name} | {len(one.sent)} | {len(one.faults)} | {len(one.lost)}"
        f" | {len(one.duplicated)} | {len(one.wrong)} | {one.own_deaths}"
        f" | {times} | {one.ended - one.began:.0f} |"
    )


def _control(one: Outcome) -> str:
    return (
        f"- **{one.name}**: of {len(one.sent)} submissions {len(one.lost)} lost,"
        f" {len(one.duplicated)} with two verdicts, {len(one.wrong)} with a wrong one."
    )


def _faults(one: Outcome) -> list[str]:
    counts: dict[str, Counter[str]] = {}
    for fault in one.faults:
        counts.setdefault(fault.how, Counter())[fault.whom] += 1
    lines = [f"**{one.name}**", ""]
    for how, whom in sorted(counts.items()):
        named = [f"{who} ×{n}" if n > 1 else who for who, n in sorted(whom.items())]
        lines.append(f"- {how}: {', '.join(named)}")
    return [*lines, ""]


def _machine() -> str:
    """Describe the machine without its name."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    kernel = platform.release().partition("-")[0]
    gigabytes = round(pages * size / 2**30)
    return f"{os.cpu_count()} cores, {gigabytes} GiB of memory, Linux {kernel}"


def _said(*command: str) -> str:
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    return done.stdout.strip()
