"""The team's service as compose runs it: up, judged, worker and runner killed, down, up, all there.

Left out where `tests.support.composed` finds something missing.
"""

import json
import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.composed import ComposeMissingError, Service, composed
from tests.support.launched import PROJECT
from tests.support.missing import DOCKER, missing
from tests.support.whole import is_whole

_ACCEPTED = PROJECT / "problems/maxsubarray/submissions/accepted"
_RIGHT = (_ACCEPTED / "kadane.py").read_text()
_LANGUAGES = {
    "c": _ACCEPTED / "kadane.c",
    "cpp": _ACCEPTED / "kadane.cpp",
    "go": _ACCEPTED / "kadane.go",
    "java": _ACCEPTED / "Main.java",
    "javascript": _ACCEPTED / "prefix_sum.js",
    "python3": _ACCEPTED / "kadane.py",
    "pytorch": PROJECT / "problems/loralinear/submissions/accepted/weight_kept.py",
    "rust": _ACCEPTED / "kadane.rs",
}
_SPIN = "def max_subarray(nums):\n    while True: pass\n"
_MANY = 12


@pytest.fixture
def few_problems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let compose bring only the problems along that the test asks for: to check and publish all
    of them takes longer than the rest."""
    if is_whole():
        return
    slugs = sorted({file.parents[2].name for file in _LANGUAGES.values()})
    prepare = {
        "environment": {"SHOUSI_PROBLEMS": "/few"},
        "volumes": [f"{PROJECT}/problems/{slug}:/few/{slug}:ro" for slug in slugs],
    }
    few = tmp_path / "few.yml"
    few.write_text(json.dumps({"services": {"prepare": prepare}}))
    monkeypatch.setenv("COMPOSE_FILE", f"{PROJECT / 'docker-compose.yml'}:{few}")


@pytest.fixture
def service(few_problems: None) -> Iterator[Service]:
    try:
        with composed() as started:
            yield started
    except ComposeMissingError as error:
        missing(str(error), DOCKER)


@pytest.mark.timeout(900)
def test_nothing_is_lost(service: Service) -> None:
    service.up()
    made = service.compose("run", "--rm", "-T", "prepare", "shousi", "admin", "create", "boss")
    service.token = made.split()[-1]
    assert service.verdict(service.submit(_SPIN)) == "TLE"
    assert service.available() == {*_LANGUAGES, "answers"}
    each = {
        language: service.submit(file.read_text(), language, file.parents[2].name)
        for language, file in _LANGUAGES.items()
    }
    verdicts = {language: service.verdict(submission) for language, submission in each.items()}
    assert verdicts == dict.fromkeys(_LANGUAGES, "AC")
    spinning = service.submit(_SPIN)
    many = [service.submit(f"{_RIGHT}\n# {number}\n") for number in range(_MANY)]
    service.await_judging(spinning)
    os.kill(service.container("worker").attrs["State"]["Pid"], signal.SIGKILL)
    assert service.verdict(spinning) == "TLE"
    assert Counter(map(service.verdict, many)) == {"AC": _MANY}
    # The worker lives on without what runs submissions, and finds it again.
    worker = service.container("worker").attrs["State"]["Pid"]
    os.kill(service.container("runner").attrs["State"]["Pid"], signal.SIGKILL)
    assert service.verdict(service.submit(f"{_RIGHT}\n# after the runner's death\n")) == "AC"
    assert service.container("worker").attrs["State"]["Pid"] == worker
    service.compose("down")
    service.up()
    assert Counter(map(service.verdict, many)) == {"AC": _MANY}
    assert service.verdict(service.submit(_RIGHT)) == "AC"
