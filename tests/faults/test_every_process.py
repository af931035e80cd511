"""SIGKILL and SIGTERM for every process that `make run` starts: each comes back, nothing is lost.

The processes are found in /proc, so that a kind that is added later is killed too.
"""

import os
import random
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import product
from pathlib import Path

import httpx
import pytest

from tests.support.launched import Launched, launch, wait_gone

RIGHT = """def max_subarray(nums):
    best = cur = nums[0]
    for x in nums[1:]:
        cur = max(x, cur + x)
        best = max(best, cur)
    return best
"""
WRONG = "def max_subarray(nums):\n    return 0\n"
PATIENCE_S = 120.0
SEED = 20261
SUBMISSIONS = 60
KILLS = 12
# What a person, a service manager or a container's end sends first, and what comes if that is slow.
SIGNALS = (signal.SIGKILL, signal.SIGTERM)


@pytest.fixture
def launched(tmp_path: Path) -> Iterator[Launched]:
    service = launch(
        tmp_path / "home", SHOUSI_LEASE_S="3", SHOUSI_STALE_S="2", SHOUSI_MAX_ATTEMPTS="20"
    )
    yield service
    service.stop()


def kinds_of_processes(launched: Launched) -> dict[str, list[int]]:
    """The service's processes by what they are: command line without paths and numbers, and how
    deep below the launcher."""
    found: dict[str, list[int]] = {}
    for pid in launched.family() - {launched.process.pid}:
        with suppress(OSError):
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            words = [word.decode(errors="replace") for word in command if word]
            status = Path(f"/proc/{pid}/status").read_text()
            depth, parent = 0, pid
            while parent != launched.process.pid and depth < 20:
                stat = Path(f"/proc/{parent}/stat").read_text()
                parent, depth = int(stat.rpartition(")")[2].split()[1]), depth + 1
            threads = "".join(letter for letter in " ".join(words[:6]) if letter.isalpha())
            user = status.partition("Uid:")[2].split()[0]
            owner = "jailed" if int(user) not in {0, os.getuid()} else "ours"
            found.setdefault(f"{depth} {owner} {threads[:60]}", []).append(pid)
    return found


def submit(http: httpx.Client, source: str) -> str:
    """The id of a new submission; the API may be away for a moment."""
    deadline = time.monotonic() + PATIENCE_S
    body = {"language": "python3", "source": source}
    headers = {"Idempotency-Key": os.urandom(8).hex()}
    while True:
        try:
            answer = http.post("/problems/maxsubarray/submissions", json=body, headers=headers)
            if answer.status_code == 202:
                return str(answer.json()["id"])
            said = answer.text
        except httpx.TransportError as error:
            said = repr(error)
        assert time.monotonic() < deadline, said
        time.sleep(0.1)


def verdict(http: httpx.Client, submission_id: str) -> str:
    deadline = time.monotonic() + PATIENCE_S
    seen = {"state": "not asked"}
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            seen = http.get(f"/submissions/{submission_id}", params={"wait": 5}).json()
            if seen.get("state") == "done":
                return str(seen["verdict"])
    raise AssertionError(f"no verdict after {PATIENCE_S} s: {seen}")


def ends(launched: Launched) -> Counter[str]:
    """How many verdicts each submission got."""
    path = Path(launched.env["SHOUSI_HOME"]) / "shousi.db"
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute("select submission_id from event where kind = 'done'")
        return Counter(row[0] for row in rows)


def kill(pid: int, how: signal.Signals = signal.SIGKILL) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, how)


@pytest.mark.timeout(900)
def test_each_process_one_after_the_other(launched: Launched) -> None:
    with launched.admin() as http:
        assert verdict(http, submit(http, RIGHT)) == "AC"
        kinds = kinds_of_processes(launched)
        assert len(kinds) >= 6, kinds
        sent: dict[str, str] = {}
        for kind, how in product(sorted(kinds), SIGNALS):
            waiting = [submit(http, RIGHT) for _ in range(2)]
            victims = kinds_of_processes(launched).get(kind, [])
            for victim in victims[:1]:
                kill(victim, how)
            waiting.append(submit(http, WRONG))
            for one, wanted in zip(waiting, ["AC", "AC", "WA"], strict=True):
                assert verdict(http, one) == wanted, f"after {how.name} for {kind}"
                sent[one] = wanted
        counted = ends(launched)
        assert {one: counted[one] for one in sent} == dict.fromkeys(sent, 1)
    assert launched.process.poll() is None


@pytest.mark.timeout(900)
def test_processes_at_random_under_load(launched: Launched) -> None:
    chance = random.Random(SEED)
    wanted: dict[str, str] = {}
    with launched.admin() as http:
        for number in range(SUBMISSIONS):
            right = number % 5 != 0
            wanted[submit(http, RIGHT if right else WRONG)] = "AC" if right else "WA"
            if number % (SUBMISSIONS // KILLS) == 0:
                kinds = kinds_of_processes(launched)
                victim = chance.choice(kinds[chance.choice(sorted(kinds))])
                kill(victim, chance.choice(SIGNALS))
        assert {one: verdict(http, one) for one in wanted} == wanted
        counted = ends(launched)
        assert {one: counted[one] for one in wanted} == dict.fromkeys(wanted, 1)


@pytest.mark.timeout(300)
def test_the_launcher_itself(tmp_path: Path) -> None:
    first = launch(tmp_path / "home", SHOUSI_LEASE_S="3")
    with first.admin() as http:
        sent = [submit(http, RIGHT) for _ in range(6)]
    family = first.family()
    kill(first.process.pid)
    first.process.wait()
    assert first.process.stdout is not None
    first.process.stdout.close()
    wait_gone(family)
    again = launch(tmp_path / "home", SHOUSI_LEASE_S="3")
    try:
        with again.admin() as http:
            assert {verdict(http, one) for one in sent} == {"AC"}
        assert {ends(again)[one] for one in sent} == {1}
    finally:
        again.stop()
