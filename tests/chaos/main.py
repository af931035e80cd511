"""`make chaos`: every fault against every process of the service, in each way to run it.

    python -m tests.chaos [N] [--seed SEED]

The exit status is 0 if no submission was lost, judged twice or judged wrong, and both controls
failed. The page `docs/reliability.md` is written in any case.
"""

import argparse
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from pathlib import Path

from tests.chaos import picture, report
from tests.chaos.composed import Composed
from tests.chaos.machine import enter_own_mounts
from tests.chaos.on_postgres import TreeOnPostgres, why_missing
from tests.chaos.place import Outcome, Place, run, say
from tests.chaos.tree import Tree
from tests.support.composed import ComposeMissingError
from tests.support.launched import PROJECT
from tests.support.postgres import PostgresMissingError

_PAGE = PROJECT / "docs/reliability.md"
_PICTURE = "img/reliability.svg"
# Each place's share of the submissions, in per cent.
_SHARES: dict[Callable[[Path, ExitStack], Place], int] = {
    Tree: 40,
    TreeOnPostgres: 40,
    Composed: 20,
}
# A control has fewer faults, and so about as many submissions for each.
_CONTROL_SHARE = 10
_AT_ONCE = 4
_CONTROLS = ("fencing", "reconciler")
# A control never judges the submissions that it has lost, so don't wait long for them.
_CONTROL_GIVES_UP_S, _CONTROL_PATIENCE_S = 15.0, 30.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("submissions", type=int, nargs="?", default=2000)
    parser.add_argument("--seed", type=int, default=20261)
    parser.add_argument(
        "--minutes", type=float, default=60.0, help="after these minutes no further fault strikes"
    )
    asked = parser.parse_args()
    if asked.submissions < 200:
        parser.error("N must be at least 200, so that each fault strikes while submissions run")
    enter_own_mounts()
    done = report.Run(asked.submissions, asked.seed, asked.minutes)
    say(done.command)
    _run_all(done)
    report.write(done, _PAGE, _PICTURE)
    picture.write(done.places, _PAGE.parent / _PICTURE)
    say(f"written: {_PAGE.relative_to(PROJECT)}")
    for one in done.places:
        for complaint in one.complaints:
            say(f"{one.name}: {complaint}")
    for one in done.controls:
        if not one.lost and not one.duplicated:
            say(f"{one.name}: lost and duplicated nothing, so this run proves nothing")
    sys.exit(0 if done.is_good else 1)


def _run_all(done: report.Run) -> None:
    """Run the places and controls, up to `_AT_ONCE` in parallel, each in a process: they mostly
    wait."""
    total, seed = done.asked, done.seed
    until = time.monotonic() + 60 * done.minutes
    with ProcessPoolExecutor(_AT_ONCE, get_context("fork")) as processes:
        places = []
        for kind, share in _SHARES.items():
            if kind is TreeOnPostgres and (why := why_missing()):
                done.absent.append(f"make run on PostgreSQL: {why}")
            else:
                places.append(processes.submit(_run, kind, total * share // 100, seed, until))
        share = total * _CONTROL_SHARE // 100
        controls = [processes.submit(_run_control, one, share, seed, until) for one in _CONTROLS]
        for futures, outcomes in ((places, done.places), (controls, done.controls)):
            for future in futures:
                try:
                    outcomes.append(future.result())
                except (ComposeMissingError, PostgresMissingError) as error:
                    done.absent.append(str(error))
                # One place's failure must not lose the results of the others.
                except Exception as error:  # noqa: BLE001
                    done.broken.append(f"{type(error).__name__}: {error}")
                    say("".join(traceback.format_exception(error)))


def _run(kind: Callable[[Path, ExitStack], Place], total: int, seed: int, until: float) -> Outcome:
    with _folder() as (folder, stopping):
        return run(kind(folder, stopping), total, seed, until=until)


def _run_control(without: str, total: int, seed: int, until: float) -> Outcome:
    with _folder() as (folder, stopping):
        return run(
            Tree(folder, stopping, without),
            total,
            seed,
            give_up_s=_CONTROL_GIVES_UP_S,
            patience_s=_CONTROL_PATIENCE_S,
            with_poison=False,
            until=until,
        )


@contextmanager
def _folder() -> Iterator[tuple[Path, ExitStack]]:
    folder = Path(tempfile.mkdtemp(prefix="shousi-chaos-"))
    # Other users must be able to read it: the database server's, and the jails'.
    folder.chmod(0o755)
    with ExitStack() as stopping:
        stopping.callback(shutil.rmtree, folder, ignore_errors=True)
        yield folder, stopping
