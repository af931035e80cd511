"""Calls `shousi` as a shell does when the user presses TAB."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# At its end the command writes the names of its loaded modules into a file beside it.
_SCRIPT = """#!{python}
import atexit, pathlib, sys
sys.path.insert(0, {root!r})
atexit.register(lambda: pathlib.Path(__file__ + ".loaded").write_text(" ".join(sys.modules)))
from cli.main import main
main()
"""
# Prints the completion script for bash.
_SHOW = "shousi --show-completion; exit"  # with `exit`, bash stays the command's parent
# Calls the script's function as bash does while the last word of the line is being typed.
_CALL = """
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
_shousi_completion shousi "${@: -1}" "${@: -2:1}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Shells:
    """A `shousi` command in a folder that is first in PATH."""

    def __init__(self, folder: Path, url: str, **variables: str) -> None:
        self._command = folder / "shousi"
        self._command.write_text(_SCRIPT.format(python=sys.executable, root=str(ROOT)))
        self._command.chmod(0o755)
        self._script: str | None = None
        self._environment = {
            "PATH": f"{folder}:{os.environ['PATH']}",
            "HOME": str(folder),
            "SHOUSI_URL": url,
            "SHOUSI_HOME": str(folder / "home"),
            "TERM": "dumb",
            **variables,
        }

    def bash(self, *words: str) -> list[str]:
        """Return bash's completions of the last word."""
        if self._script is None:
            self._script = self._run(["bash", "--norc", "-c", _SHOW])
        call = self._script + _CALL
        done = self._run(["bash", "--norc", "-c", call, "bash", "shousi", *words])
        return [line for line in done.splitlines() if line]

    def asked(self, shell: str, line: str) -> str:
        """Return the command's output for zsh or fish, which pass the line up to the cursor."""
        return self._run(
            ["shousi"],
            {
                "_SHOUSI_COMPLETE": f"complete_{shell}",
                "_TYPER_COMPLETE_ARGS": line,
                "_TYPER_COMPLETE_FISH_ACTION": "get-args",
            },
        )

    @property
    def loaded(self) -> set[str]:
        """The modules that were loaded when the command last ended."""
        return set(Path(f"{self._command}.loaded").read_text().split())

    def _run(self, command: list[str], variables: Mapping[str, str] = {}) -> str:
        done = subprocess.run(
            command,
            env={**self._environment, **variables},
            cwd=self._command.parent,
            capture_output=True,
            text=True,
            timeout=120,
        )
        # A message on standard error would appear inside the line that is being typed.
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout
