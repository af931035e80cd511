"""The service as `docker compose` starts it, as a separate compose project.

Needs a container engine, compose, and every image of docker-compose.yml: `make images`, or without
a registry `tools/ci_docker.sh images runner server` and `tools/ci_docker.sh services`.
"""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field

import docker
import httpx
from docker.errors import DockerException
from docker.models.containers import Container
from ruamel.yaml import YAML

from tests.support.launched import PROJECT, free_port
from worker.sandbox.docker.engine import ping_socket


class ComposeMissingError(Exception):
    """The engine, compose or an image is missing; the message says which."""


def compose_command() -> list[str]:
    """Return the command of compose that is installed: the plugin or the older program."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]):
            done = subprocess.run([*command, "version"], capture_output=True, check=False)
            if done.returncode == 0:
                break
    else:
        raise ComposeMissingError("docker compose")
    return command


@dataclass
class Service:
    """One compose project; `client` talks to the container engine."""

    client: docker.DockerClient
    command: list[str]
    name: str
    port: int
    token: str = ""
    settings: dict[str, str] = field(default_factory=dict)

    def compose(self, *arguments: str) -> str:
        environment = {
            **os.environ,
            "SHOUSI_PORT": str(self.port),
            "SHOUSI_RUN_MUTANTS": "false",  # ten minutes' work beside the other tests
            **self.settings,
        }
        command = [*self.command, "-p", self.name, *arguments]
        done = subprocess.run(
            command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def up(self) -> None:
        """Start everything; return when the engine reports that the API is healthy."""
        wanted = {"type": "container", "event": "health_status", "label": self._label("api")}
        # Subscribe before looking: the engine keeps only its newest events for later readers.
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
        """Return the service's only container."""
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
        """Wait until a worker has claimed the submission."""
        path = f"/submissions/{submission}/events"
        with self.http() as http, http.stream("GET", path) as events:
            assert "event: judging" in events.iter_lines()

    def available(self) -> set[str]:
        """Return the ids of the languages that workers can judge now."""
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


@contextlib.contextmanager
def composed(**settings: str) -> Iterator[Service]:
    """Yield a compose project that isn't started yet; remove it with its volumes at the block's
    end. `settings` are further environment variables. Raises ComposeMissingError."""
    compose = YAML(typ="safe").load(PROJECT / "docker-compose.yml")
    try:
        ping_socket()
        client = docker.from_env(timeout=60)
        for image in {each["image"] for each in compose["services"].values()}:
            client.images.get(image)
    except (DockerException, OSError) as error:
        raise ComposeMissingError(f"compose: {error}") from error
    started = Service(
        client, compose_command(), f"shousi-{os.getpid()}", free_port(), settings=settings
    )
    try:
        yield started
    finally:
        started.compose("down", "--volumes")
        client.close()
