"""Make a value once for all processes of `make test`."""

import fcntl
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

_FOLDER = Path(__file__).resolve().parents[2] / ".cache" / "tests"
_RUN = "PYTEST_XDIST_TESTRUNUID"
"""The variable in which all processes of a test run have the same id."""


def once(name: str, make: Callable[[], T]) -> T:
    """Return the result of `make`. One process calls it; the others wait and read its result."""
    run = os.environ.get(_RUN, "").encode()
    if not run:
        return make()
    _FOLDER.mkdir(parents=True, exist_ok=True)
    with (_FOLDER / f"{name}.pickle").open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        if file.read(len(run)) == run:
            made: T = pickle.load(file)
            return made
        made = make()
        # The file is of an earlier run, and the value may be outdated.
        file.truncate(0)
        file.write(run)
        pickle.dump(made, file)
        return made
