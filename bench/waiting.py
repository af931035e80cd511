"""`python -m bench.waiting [--rounds N] [OTHER_CHECKOUT ...]`: the API's CPU time for a submission
whose client waits for the verdict.

A client sends a POST, then `GET ?wait=` until the submission is done, and reads the answer;
`shousi serve` really judges it. The CPU time is that of all processes of the API, read from /proc:
other load on the machine changes it little. Other checkouts, for instance one before a change, are
measured in the same run, in turns with this one.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.__main__ import source_of
from bench.posting import cpu_s
from bench.service import Service, running
from judge.proc_stat import PARENT, stat_fields
from judge.settings import PROJECT

PROBLEM, LANGUAGE, SOURCE = "maxsubarray", "python3", "kadane.py"
WARM_UP, ALONE, TOGETHER, FOLLOWED = 10, 40, 64, 20
AT_ONCE = 8


@dataclass(frozen=True)
class Round:
    """One round: the API's CPU time per submission in ms, and the latency of one sent alone."""

    alone_ms: float
    together_ms: float
    followed_ms: float
    latency_ms: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.waiting")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("others", type=Path, nargs="*", metavar="OTHER_CHECKOUT")
    asked = parser.parse_args()
    found: dict[Path, list[Round]] = {tree.resolve(): [] for tree in (*asked.others, PROJECT)}
    for _ in range(asked.rounds):
        for tree, rounds in found.items():
            rounds.append(measure(tree))
    print(f"The API's CPU for a submission in ms, goal 8; medians of {asked.rounds} rounds\n")
    print(
        f"{'':40}{'alone':>10}{f'{AT_ONCE} at once':>12}{'followed':>10}{'POST to verdict ms':>21}"
    )
    for tree, rounds in found.items():
        middle = [
            statistics.median(getattr(one, name) for one in rounds)
            for name in ("alone_ms", "together_ms", "followed_ms", "latency_ms")
        ]
        print("{:40}{:10.2f}{:12.2f}{:10.2f}{:21.1f}".format(str(tree)[-39:], *middle))


def measure(tree: Path) -> Round:
    """Measure one round of the checkout `tree`, with an empty home."""
    source = source_of(PROBLEM, SOURCE)

    def judge(service: Service) -> float:
        begun = time.perf_counter()
        seen = service.judge(PROBLEM, LANGUAGE, source)
        assert seen["verdict"] == "AC", seen
        return (time.perf_counter() - begun) * 1e3

    with tempfile.TemporaryDirectory(prefix="shousi-waiting-") as folder:
        # Only one problem, so that the service starts faster.
        (Path(folder) / PROBLEM).symlink_to(PROJECT / "problems" / PROBLEM)
        with running(tree, SHOUSI_PROBLEMS=folder) as service:
            pids = processes_of_api(service.pid)
            for _ in range(WARM_UP):
                judge(service)
            with counting(pids, ALONE) as alone:
                latencies_ms = [judge(service) for _ in range(ALONE)]
            with counting(pids, TOGETHER) as together, ThreadPoolExecutor(AT_ONCE) as pool:
                list(pool.map(lambda _: judge(service), range(TOGETHER)))
            with counting(pids, FOLLOWED) as followed:
                for _ in range(FOLLOWED):
                    follow(service, source)
    return Round(alone[0], together[0], followed[0], statistics.median(latencies_ms))


def follow(service: Service, source: str) -> None:
    """Submit, and read the event stream to its end."""
    path = service.submit(PROBLEM, LANGUAGE, source)
    with service.client.stream("GET", f"{path}/events") as answer:
        lines = list(answer.iter_lines())
    assert "event: done" in lines, lines


@contextmanager
def counting(pids: list[int], count: int) -> Iterator[list[float]]:
    """Measure the block: at its end the list holds the processes' CPU time per submission (ms)."""
    used: list[float] = []
    before = sum(map(cpu_s, pids))
    yield used
    used.append((sum(map(cpu_s, pids)) - before) / count * 1e3)


def processes_of_api(launcher: int) -> list[int]:
    """Return the API's processes among the launcher's children."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # the process has just ended
            words = (entry / "cmdline").read_bytes().split(b"\0")
            parent = int(stat_fields((entry / "stat").read_text())[PARENT])
            if parent == launcher and b"api" in words:
                found.append(int(entry.name))
    return found


if __name__ == "__main__":
    main()
