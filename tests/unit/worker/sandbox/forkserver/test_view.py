"""What a jail shows: nothing of the service, wherever the service is installed."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.jails import ORDINARY_USER, PROJECT
from tests.support.missing import missing
from worker.sandbox.base import SandboxError
from worker.sandbox.forkserver import view
from worker.sandbox.forkserver.view import check_readable_by_all, view_of

_PACKAGES = ("judge", "runner", "worker")
_SECRETS = ("var/admin-token", "problems/sum/data/secret/1.ans", "elsewhere/shousi.db")
# Return what an executed program sees of the service, and whether Python runs there.
_SCRIPT = """
import sys
from pathlib import Path
from judge.limits import Limits
from worker.sandbox.base import Program, Runtime
from worker.sandbox.namespaces import start_sandbox

hidden = [Path(sys.argv[2], "var"), Path(sys.argv[2], "elsewhere")]
sandbox = start_sandbox(sys.argv[1], hidden=hidden)
sandbox.await_ready(Runtime.EXEC)
for argv in (("find", sys.argv[2], "-not", "-path", "*/runner*"), ("cat", *sys.argv[3:])):
    print(sandbox.run(Program(Runtime.EXEC, {}, argv), b"", Limits()).stdout.decode())
main = Program(Runtime.PYTHON, {"main.py": b"print(42)"}, ("main.py",))
print(sandbox.run(main, b"", Limits()).stdout.decode())
sandbox.close()
"""


@pytest.fixture
def below_usr() -> Iterator[Path]:
    """A service's checkout below /usr/local, with its secrets."""
    if os.geteuid() != 0 or not Path("/usr/bin/python3").exists():
        missing("root and the system's python3, for a service below /usr/local")
    folder = Path(tempfile.mkdtemp(prefix="shousi-test-", dir="/usr/local"))
    folder.chmod(0o755)
    for name in _PACKAGES:
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in _SECRETS:
        file = folder / name
        file.parent.mkdir(parents=True)
        file.write_text("secret")
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("user", [0, ORDINARY_USER], ids=["root", "ordinary_user"])
def test_a_service_below_usr(below_usr: Path, user: int) -> None:
    for path in (below_usr, *below_usr.rglob("*")):
        os.chown(path, user, user)
    (below_usr / "var").chmod(0o700)
    command = [
        "setpriv", "--reuid", str(user), "--regid", str(user), "--clear-groups",
        "/usr/bin/python3", "-B", "-c", _SCRIPT, "/usr/bin/python3", str(below_usr),
        *(str(below_usr / name) for name in _SECRETS),
    ]  # fmt: skip
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(below_usr)}
    done = subprocess.run(
        command, cwd="/", env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.split()) == (0, [str(below_usr), "42"]), done


def test_what_is_needed_below_a_covered_folder_is_shown_again(tmp_path: Path) -> None:
    for name in ("usr/lib", "usr/service/runner/deep", "usr/service/var", "usr/service/.venv/lib"):
        (tmp_path / name).mkdir(parents=True)
    usr, service = tmp_path / "usr", tmp_path / "usr" / "service"
    wanted = [usr, usr / "lib", service / "runner", service / "runner" / "deep", service / ".venv"]
    seen = view_of(map(str, wanted), [service, service / "var"])
    binds = [usr, service / ".venv", service / "runner"]
    assert (seen.binds, seen.covers) == (tuple(map(str, binds)), (str(service),))
    assert seen.foreign == (str(usr),)


def test_a_home_inside_what_is_shown_again_is_covered_again(tmp_path: Path) -> None:
    home = tmp_path / "usr" / "service" / ".venv" / "home"
    home.mkdir(parents=True)
    usr, service = tmp_path / "usr", tmp_path / "usr" / "service"
    seen = view_of([str(usr), str(service / ".venv")], [service, home])
    assert seen.covers == tuple(map(str, (service, home)))


def test_what_lies_elsewhere_needs_no_cover(tmp_path: Path) -> None:
    for name in ("usr", "service"):
        (tmp_path / name).mkdir()
    assert view_of([str(tmp_path / "usr")], [tmp_path / "service"]).covers == ()


def test_a_link_to_a_hidden_folder_shows_nothing_of_it(tmp_path: Path) -> None:
    (tmp_path / "usr" / "real").mkdir(parents=True)
    (tmp_path / "home").symlink_to("usr/real")
    seen = view_of([str(tmp_path / "usr")], [tmp_path / "home"])
    assert seen.covers == (str(tmp_path / "usr" / "real"),)


@pytest.mark.parametrize("hidden", ["/usr", "/usr/local/lib", "/", sys.prefix])
def test_what_jails_need_cannot_be_hidden(hidden: str) -> None:
    with pytest.raises(SandboxError, match="jails need it"):
        view_of([sys.prefix, "/usr"], [Path(hidden)])


def test_a_folder_that_is_mounted_elsewhere_too(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "21 1 8:1 / / rw - ext4 /dev/a rw\n"
        "22 21 8:2 / /srv rw - ext4 /dev/b rw\n"
        "23 21 8:2 /judge /usr/local/a\\040b rw - ext4 /dev/b rw\n"
        "24 21 8:2 /judge/var/data /usr/share/data rw - ext4 /dev/b rw\n"
        "25 21 8:3 /judge /usr/other rw - ext4 /dev/c rw\n"
    )
    places = {str(one) for one in view._appearances(Path("/srv/judge/var"), str(mounts))}
    assert places == {"/srv/judge/var", "/usr/local/a b/var", "/usr/share/data"}


@pytest.fixture
def shown(tmp_path: Path) -> Path:
    (tmp_path / "usr" / "deep").mkdir(parents=True)
    (tmp_path / "usr" / "deep" / "open").touch(0o644)
    (tmp_path / "usr" / "link").symlink_to("/etc/shadow")
    return tmp_path / "usr"


def test_what_everybody_may_read_is_shown(shown: Path) -> None:
    check_readable_by_all(view_of([str(shown)], []))


@pytest.mark.parametrize("mode", [0o600, 0o640])
def test_a_file_of_ours_that_others_may_not_read(shown: Path, mode: int) -> None:
    (shown / "deep" / "key").touch(mode)
    with pytest.raises(SandboxError, match="deep/key is readable for you alone"):
        check_readable_by_all(view_of([str(shown)], []))


def test_a_private_folder_of_ours(shown: Path) -> None:
    (shown / "deep" / "private").mkdir(mode=0o700)
    with pytest.raises(SandboxError, match="deep/private is readable for you alone"):
        check_readable_by_all(view_of([str(shown)], []))
    check_readable_by_all(view_of([str(shown)], [shown / "deep" / "private"]))
