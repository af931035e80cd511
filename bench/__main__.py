"""`make bench`: how long a submission waits for its verdict, compared with a floor.

The floors are measured in the same run: the bare work (an ordinary process for each test, with
driver and submission, without jail or queue, as a judge without fork servers would run them), and
a request to the API that does nothing.
"""

import os
import subprocess
import tempfile
import time
from functools import partial
from pathlib import Path

from bench.service import TESTS, Service, publish_ten_tests, running
from bench.timing import Timing, repeat
from judge.problem_package.load import load
from judge.settings import PROJECT, get_settings

ROUNDS = 20
REST_S = 0.3  # the pause between two submissions, so that the system is idle
AT_ONCE = 60
CORES = len(os.sched_getaffinity(0))
CASES = (
    # problem, copy with ten tests, language, accepted source, goals: ms, submissions/s/core
    ("maxsubarray", "bencharray", "python3", "kadane.py", 120, 15),
    ("multiheadattention", "benchtorch", "pytorch", None, 250, 5),
)


def source_of(slug: str, name: str | None) -> str:
    """Return the source of an accepted submission: the file `name`, else the first in Python."""
    folder = PROJECT / "problems" / slug / "submissions" / "accepted"
    path = folder / name if name else sorted(folder.glob("*.py"))[0]
    return path.read_text()


def bare_processes(slug: str, source: str) -> None:
    """Run the first ten tests, each as an ordinary process of the runner's Python."""
    package = load(PROJECT / "problems" / slug)
    python = get_settings().runner_python
    with tempfile.TemporaryDirectory() as folder:
        for name, content in package.support("python3").items():
            (Path(folder) / name).write_bytes(content)
        (Path(folder) / "submission.py").write_text(source)
        for test in package.tests[:TESTS]:
            subprocess.run(
                [python, "main.py"],
                cwd=folder,
                input=test.input,
                capture_output=True,
                check=True,
                env={"PYTHONPATH": str(PROJECT), "OMP_NUM_THREADS": "1"},
            )


def row(what: str, timing: Timing, goal: str = "") -> None:
    print(f"{what:58} {timing}  {goal}", flush=True)


def many_at_once(service: Service, slug: str, language: str, source: str) -> float:
    """Send `AT_ONCE` submissions without a pause; return judged submissions per second and core."""
    begun = time.perf_counter()
    sent = [service.submit(slug, language, source) for _ in range(AT_ONCE)]
    for path in sent:
        seen = service.wait(path)
        assert seen["verdict"] == "AC", seen
    return AT_ONCE / (time.perf_counter() - begun) / CORES


def torch_ready(service: Service, launched: float) -> float:
    """Return the seconds from the launcher's start to the first torch verdict."""
    source = source_of("multiheadattention", None)
    seen = service.judge("multiheadattention", "pytorch", source, "runs")
    assert seen["verdict"] == "AC", seen
    return time.perf_counter() - launched


def main() -> None:
    launched = time.perf_counter()
    with running() as service:
        ready_s = torch_ready(service, launched)
        print(f"start to `ready:` (empty home)      {service.launched_s:6.2f} s")
        print(f"start to the first torch verdict    {ready_s:6.2f} s   goal 10 s\n")
        print(f"{'milliseconds, median of ' + str(ROUNDS):58}   median  (least - most)")
        row("a request that does nothing", repeat(lambda: service.client.get("/healthz"), ROUNDS))
        for slug, copy, language, name, goal, rate_goal in CASES:
            publish_ten_tests(service.home, slug, copy)
            source = source_of(slug, name)
            seen = service.judge(copy, language, source)
            assert seen["verdict"] == "AC", seen
            bare = repeat(partial(bare_processes, slug, source), 3, warm_up=1)
            row(f"{slug}: floor, {TESTS} bare processes (median of 3)", bare)
            judge = partial(service.judge, copy, language, source)
            ours = repeat(judge, ROUNDS, rest_s=REST_S)
            row(f"{slug}: POST to verdict, {TESTS} tests, idle", ours, f"goal {goal} ms")
            row(f"{slug}: the same, one after the other", repeat(judge, ROUNDS))
            sample = repeat(partial(service.judge, copy, language, source, "runs"), ROUNDS)
            row(f"{slug}: POST to verdict, samples", sample)
            print(f"{'':58} {bare.median_ms / ours.median_ms:8.1f}x faster than bare processes")
            rate = many_at_once(service, copy, language, source)
            print(f"{slug + ': judged a second and core':58} {rate:8.1f}  goal {rate_goal}\n")


if __name__ == "__main__":
    main()
