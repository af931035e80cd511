"""An ordinary container, as the engine makes it by default: no namespaces, no mounts, no groups.

Landlock is the sandbox there. The corpus is run in it as root, where each run gets a user id, and
as another user, where none does; and the service as `make run` starts it judges a submission.
"""

import io
import json
import subprocess
from collections.abc import Iterator

import docker as sdk
import pytest
from docker.models.containers import Container

from tests.support.jails import PROJECT, engine_or_skip, landlock_or_skip
from tests.support.missing import DOCKER, missing
from tests.support.whole import is_whole
from worker.sandbox.docker import engine

_PYTHON = "/opt/shousi/.venv-runner/bin/python"
_SERVER = "shousi-server"
_EVERYTHING = "shousi-test-everything"
# The service and what submissions run in, in one image, as in a development container.
_DOCKERFILE = f"""
FROM {_SERVER}
COPY --from={engine.IMAGE} /opt/shousi/.venv-runner /opt/shousi/.venv-runner
CMD ["shousi", "serve"]
"""
_SLUG = "maxsubarray"
_KADANE = f"/opt/shousi/problems/{_SLUG}/submissions/accepted/kadane.py"
_NO_SANDBOX = {
    "defaultAction": "SCMP_ACT_ALLOW",
    "syscalls": [
        {"names": ["unshare", "landlock_create_ruleset"], "action": "SCMP_ACT_ERRNO"},
    ],
}


@pytest.fixture(scope="module")
def client() -> Iterator[sdk.DockerClient]:
    landlock_or_skip()
    engine_or_skip()
    opened = sdk.from_env(timeout=600)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def everything(client: sdk.DockerClient) -> str:
    """An image with all that `make run` needs."""
    if not client.images.list(name=_SERVER):
        missing(f"the image {_SERVER}", DOCKER)
    client.images.build(fileobj=io.BytesIO(_DOCKERFILE.encode()), tag=_EVERYTHING, rm=True)
    return _EVERYTHING


@pytest.mark.parametrize("user", ["root", "1000:1000"])
def test_the_corpus(client: sdk.DockerClient, user: str) -> None:
    words = ["-B", "-m", "tests.hostile.corpus", _PYTHON, "landlock=0"]
    container = client.containers.run(
        engine.IMAGE,
        entrypoint=[_PYTHON, *words, *["all"] * is_whole()],
        user=user,
        volumes={str(PROJECT): {"bind": "/src", "mode": "ro"}},
        working_dir="/src",
        environment={"TMPDIR": "/var/tmp"},  # in this image /tmp is for other backends
        detach=True,
    )
    try:
        status = container.wait()["StatusCode"]
        assert (status, container.logs(stderr=False).decode()) == (0, "0 wrong\n")
    finally:
        container.remove(force=True)


@pytest.mark.parametrize("user", ["root", "shousi"])
def test_the_service_judges(client: sdk.DockerClient, everything: str, user: str) -> None:
    container = client.containers.run(
        everything,
        user=user,
        # One problem: to check and publish all of them would take most of the test's time.
        volumes={str(PROJECT / "problems" / _SLUG): {"bind": f"/only/{_SLUG}", "mode": "ro"}},
        environment={"SHOUSI_PROBLEMS": "/only", "SHOUSI_RUN_MUTANTS": "false"},
        detach=True,
    )
    try:
        said = read_until(container, "ready: ")
        assert "sandbox landlock (no namespaces can be had: " in said
        assert "for yourself and people whom you trust" in said
        assert ("user id (" in said) == (user != "root")
        status, told = container.exec_run(
            ["shousi", "submit", _KADANE, "--problem", _SLUG], user=user
        )
        assert status == 0, told
    finally:
        container.remove(force=True)


def test_where_nothing_works_it_ends_and_says_why(
    client: sdk.DockerClient, everything: str
) -> None:
    container = client.containers.run(
        everything, security_opt=[f"seccomp={json.dumps(_NO_SANDBOX)}"], detach=True
    )
    try:
        assert container.wait()["StatusCode"] == 1
        said = container.logs().decode()
        assert "no sandbox can be had here" in said
        assert "user.max_user_namespaces" in said
        assert "--security-opt" in said
    finally:
        container.remove(force=True)


def read_until(container: Container, word: str) -> str:
    """What it says, up to the line with `word`; AssertionError where it ends before."""
    command = ["docker", "logs", "--follow", str(container.id)]
    said = ""
    # Not by the SDK, which leaves a stream's socket open.
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as logs:
        assert logs.stdout is not None
        for line in logs.stdout:
            said += line
            if word in line:
                logs.terminate()
                return said
    raise AssertionError(said)
