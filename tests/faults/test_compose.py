"""The team's service as compose runs it: up, judged, a worker killed at work, down, up, all there.

Needs an engine, compose, and every image that docker-compose.yml names: `make images`, or where no
registry can be reached `tools/ci_docker.sh images runner server` and `tools/ci_docker.sh services`.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import docker
import httpx
import pytest
from docker.errors import DockerException
from docker.models.containers import Container
from ruamel.yaml import YAML

from tests.support.missing import DOCKER, missing
from tests.support.whole import is_whole
from worker.sandbox.docker.engine import ping_socket

PROJECT = Path(__file__).resolve().parents[2]
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


def compose_command() -> list[str]:
    """Compose, of whichever kind is there."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]):
            done = subprocess.run([*command, "version"], capture_output=True, check=False)
            if done.returncode == 0:
                break
    else:
        missing("docker compose", DOCKER)
    return command


def free_port() -> int:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as found:
        return int(found.getsockname()[1])


@dataclass
class Service:
    """One project of compose's; `client` speaks to its API as the admin, once it is up."""

    client: docker.DockerClient
    command: list[str]
    name: str
    port: int
    token: str = ""

    def compose(self, *arguments: str) -> str:
        environment = {
            **os.environ,
            "SHOUSI_PORT": str(self.port),
            "SHOUSI_RUN_MUTANTS": "false",  # ten minutes' work beside the other tests
        }
        command = [*self.command, "-p", self.name, *arguments]
        done = subprocess.run(
            command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def up(self) -> None:
        """Start everything; return when the engine has found the API healthy."""
        wanted = {"type": "container", "event": "health_status", "label": self._label("api")}
        # Listens before it looks: the engine keeps only its last events for who asks later.
        events = self.client.events(decode=True, filters=wanted)
        self.compose("up", "-d", "--no-build")
        if self.container("api").health != "healthy":
            while "unhealthy" in (status := next(events)["status"]):
                assert "health_status" in status
        events.close()

    def _label(self, service: str) -> list[str]:
        prefix = "com.docker.compose"
        return [f"{prefix}.project={self.name}", f"{prefix}.service={service}"]

    def container(self, service: str) -> Container:
        """The service's only container."""
        (found,) = self.client.containers.list(filters={"label": self._label(service)})
        return found

    @property
    def _url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v1"

    @contextlib.contextmanager
    def http(self) -> Iterator[httpx.Client]:
        headers = {"Authorization": f"Bearer {self.token}"}
        with httpx.Client(base_url=self._url, headers=headers, timeout=90) as opened:
            yield opened

    def submit(self, source: str, language: str = "python3", slug: str = "maxsubarray") -> str:
        body = {"language": language, "source": source}
        with self.http() as http:
            answer = http.post(f"/problems/{slug}/submissions", json=body)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def await_judging(self, submission: str) -> None:
        """Return when a worker has taken it."""
        path = f"/submissions/{submission}/events"
        with self.http() as http, http.stream("GET", path) as events:
            assert "event: judging" in events.iter_lines()

    def available(self) -> set[str]:
        """The languages that the workers have."""
        with self.http() as http:
            items = http.get("/languages").json()
        return {each["id"] for each in items if each["available"]}

    def verdict(self, submission: str) -> str:
        for _ in range(6):
            with self.http() as http:
                seen = http.get(f"/submissions/{submission}", params={"wait": 30}).json()
            if seen["state"] == "done":
                return str(seen["verdict"])
        raise AssertionError(f"not judged: {seen}")


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
    compose = YAML(typ="safe").load(PROJECT / "docker-compose.yml")
    try:
        ping_socket()
        client = docker.from_env(timeout=60)
        for image in {each["image"] for each in compose["services"].values()}:
            client.images.get(image)
    except (DockerException, OSError) as error:
        missing(f"compose: {error}", DOCKER)
    started = Service(client, compose_command(), f"shousi-{os.getpid()}", free_port())
    yield started
    started.compose("down", "--volumes")
    client.close()


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
    service.compose("down")
    service.up()
    assert Counter(map(service.verdict, many)) == {"AC": _MANY}
    assert service.verdict(service.submit(_RIGHT)) == "AC"
