"""Where torch is taken from, with pip and an index on this machine whose torch is a stand-in."""

import base64
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
TORCH = (PROJECT / "requirements" / "torch.in").read_text().strip()
_NOWHERE = "http://127.0.0.1:9/simple"
_INSTALL = """
import sys
from pathlib import Path
from tools import environments
try:
    environments.finish_runner(environments.Environment(Path(sys.argv[1]), (), print))
except environments.SetupError as error:
    sys.exit(str(error))
"""


def write_wheel(folder: Path, name: str, version: str, requires: str = "") -> None:
    """A package with nothing in it but its name."""
    folder.mkdir(parents=True)
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}/__init__.py": f"version = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
    }
    record = ""
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
            record += f"{path},sha256={digest.decode()},{len(text)}\n"
        archive.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")
    (folder / "index.html").write_text(f'<a href="{wheel.name}">{wheel.name}</a>')


@pytest.fixture
def index(tmp_path: Path) -> Iterator[str]:
    """An index with torch, which requires another package there."""
    name, _, version = TORCH.partition("==")
    write_wheel(tmp_path / "simple" / name, name, version, "Requires-Dist: torchcompanion\n")
    write_wheel(tmp_path / "simple" / "torchcompanion", "torchcompanion", "1.0")
    handler = partial(_Quiet, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/simple"
        server.shutdown()
        thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([sys.executable, "-m", "venv", made], check=True)
    return made


def install(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Install torch in a world in which only what `variables` name can be reached."""
    python = folder / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "uninstall", "-qy", "torch", "torchcompanion"],
        check=True, capture_output=True,
    )  # fmt: skip
    environment = {
        "PATH": os.environ["PATH"],
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": _NOWHERE,
        "PIP_RETRIES": "0",
        **variables,
    }
    return subprocess.run(
        [sys.executable, "-c", _INSTALL, folder],
        cwd=PROJECT, env=environment, capture_output=True, text=True,
    )  # fmt: skip


def has(folder: Path, package: str) -> bool:
    return any(folder.glob(f"lib/*/site-packages/{package}/__init__.py"))


def test_an_index_that_is_named_is_taken(folder: Path, index: str) -> None:
    done = install(folder, SHOUSI_TORCH_INDEX=index)
    assert done.returncode == 0, done.stderr
    assert "package index" not in done.stdout
    assert has(folder, "torch")
    assert has(folder, "torchcompanion")


def test_in_the_last_resort_the_package_index_is_taken_and_its_size_said(
    folder: Path, index: str
) -> None:
    done = install(folder, SHOUSI_TORCH_INDEX=_NOWHERE, PIP_INDEX_URL=index)
    assert done.returncode == 0, done.stderr
    assert "not found at 127.0.0.1" in done.stdout
    assert "package index (2 files, " in done.stdout
    assert "unknown size" not in done.stdout
    assert has(folder, "torch")


def test_without_any_index_it_says_what_to_do(folder: Path) -> None:
    done = install(folder, SHOUSI_TORCH_INDEX=_NOWHERE)
    assert done.returncode != 0
    assert "SHOUSI_TORCH_INDEX=URL" in done.stderr
    assert "PIP_FIND_LINKS" in done.stderr
    assert not has(folder, "torch")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What set-up needs of the project, in a folder of its own."""
    for name in ("tools", "requirements"):
        shutil.copytree(PROJECT / name, tmp_path / name)
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    return tmp_path


def begun(checkout: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "tools/environments.py"], cwd=checkout, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip


def test_ctrl_c_while_setting_up_is_no_traceback(checkout: Path) -> None:
    setting_up = begun(checkout)
    assert setting_up.stdout is not None
    assert "Setting up" in setting_up.stdout.readline()
    os.killpg(setting_up.pid, signal.SIGINT)
    _, told = setting_up.communicate(timeout=60)
    assert told == "\nset-up stopped; the same command begins this step again\n"
    assert setting_up.returncode == 130


def test_a_checkout_that_can_not_be_written_is_one_line(checkout: Path) -> None:
    (checkout / ".cache").touch()
    _, told = begun(checkout).communicate(timeout=60)
    (line,) = told.strip().splitlines()
    assert line.startswith("set-up failed: ")
    assert str(checkout / ".cache") in line
