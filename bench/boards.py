"""`python -m bench.boards [USERS SUBMISSIONS]`: boards at full size, on SQLite.

Fills a database with judged submissions, rebuilds the boards, then measures how long it takes to
read a page of a board, and to update the boards in a verdict's transaction, also while another
process rebuilds the boards.
"""

import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Table, insert, select

from judge.boards.keeping import count_verdict
from judge.boards.problem_views import read_problem_board
from judge.boards.rebuild import rebuild
from judge.boards.views import read_board
from judge.boards.windows import Period, window_of
from judge.db.migrate import upgrade
from judge.db.models import Judging, Problem, ProblemVersion, Submission, User
from judge.db.session import Database
from judge.problem_package.load import load
from judge.problems.publish import publish
from judge.settings import PROJECT

ROUNDS = 300
YEAR_S = 365 * 86400.0
BATCH = 10_000


def fill(db: Database, users: int, submissions: int) -> None:
    """Insert `users` users and `submissions` submissions, spread over the last year."""
    upgrade(db)
    for folder in sorted(path.parent for path in PROJECT.glob("problems/*/problem.yaml")):
        publish(db, load(folder))
    with db.write() as session:
        people = [
            {
                "id": f"u{n:06}",
                "name": f"user{n}",
                "name_key": f"user{n}",
                "password_hash": "",
                "role": "user",
                "created_at": 0.0,
            }
            for n in range(users)
        ]
        session.execute(insert(User), people)
        joined = ProblemVersion.problem_id == Problem.id
        versions = session.execute(
            select(Problem.id, ProblemVersion.id).join(ProblemVersion, joined)
        )
        problems = [(problem, version) for problem, version in versions]
        for batch in batches(users, submissions, problems):
            session.execute(insert(cast(Table, Submission.__table__)), [one for one, _ in batch])
            session.execute(insert(cast(Table, Judging.__table__)), [one for _, one in batch])


def batches(
    users: int, submissions: int, problems: list[tuple[str, str]]
) -> Iterator[list[tuple[dict[str, Any], dict[str, Any]]]]:
    """Yield rows of submissions and judgings, `BATCH` of each at a time."""
    dice = random.Random(1)
    now = time.time()
    batch = []
    for n in range(submissions):
        at = now - YEAR_S * (1 - n / submissions)
        batch.append(rows(n, f"u{dice.randrange(users):06}", *dice.choice(problems), at, dice))
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def judging_id(n: int) -> str:
    """Make an id that sorts before all new ids, as ids of earlier judgings do."""
    return f"0{n:09}"


def rows(
    n: int, user_id: str, problem_id: str, version_id: str, at: float, dice: random.Random
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Make the rows of a submission and its judging."""
    submission = {
        "id": f"s{n:09}",
        "user_id": user_id,
        "problem_id": problem_id,
        "purpose": "submission",
        "language": "python3",
        "source": "pass\n",
        "body_sha256": "",
        "created_at": at,
        "judging_id": judging_id(n),
    }
    judging = {
        "id": judging_id(n),
        "submission_id": f"s{n:09}",
        "version_id": version_id,
        "purpose": "submission",
        "queue": "interactive",
        "state": "done",
        "enqueued_at": at,
        "created_at": at,
        "finished_at": at,
        "verdict": dice.choice(("AC", "WA", "TLE", "CE")),
        "cpu_s": dice.lognormvariate(-3, 1),
        "user_id": user_id,
    }
    return submission, judging


def measure(what: str, goal_ms: float, act: Callable[[], object]) -> None:
    """Print the median and the 99th percentile of `act` over ROUNDS."""
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        act()
        taken.append((time.perf_counter() - begun) * 1000)
    p99 = statistics.quantiles(taken, n=100)[-1]
    print(f"{what:52} {statistics.median(taken):8.2f} {p99:8.2f}   goal {goal_ms:g}", flush=True)


def one_verdict(db: Database, submissions: int) -> Callable[[], None]:
    """Return a function that updates the boards for the verdict of a random recent submission."""
    dice = random.Random(2)

    def act() -> None:
        number = dice.randrange(int(submissions * 0.98), submissions)
        with db.write() as session:
            count_verdict(db, session, session.get_one(Judging, judging_id(number)))

    return act


def main() -> None:
    if sys.argv[1:2] == ["rebuild"]:
        rebuild(Database(sys.argv[2]))
        return
    users, submissions = (int(word) for word in (sys.argv[1:] or ("10000", "1000000")))
    with tempfile.TemporaryDirectory(prefix="shousi-boards-") as folder:
        db = Database(f"sqlite:///{Path(folder) / 'db'}")
        fill(db, users, submissions)
        begun = time.perf_counter()
        rebuild(db)
        print(f"{users} users, {submissions} submissions, on SQLite")
        print(f"rebuild {time.perf_counter() - begun:.1f} s\n")
        print(f"{'milliseconds':52} {'median':>8} {'p99':>8}")
        deep = read_board(db).next
        for _ in range(50):
            deep = read_board(db, after=deep).next
        month = window_of(Period.MONTH, time.time())
        measure("a page of everybody's board, 50 rows", 30, lambda: read_board(db))
        measure("the same, 2,500 rows further on", 30, lambda: read_board(db, after=deep))
        measure("the same, this month's", 30, lambda: read_board(db, month))
        measure("a page of a problem's board", 30, lambda: read_problem_board(db, "maxsubarray"))
        measure("a verdict's boards, with its commit", 5, one_verdict(db, submissions))
        command = [sys.executable, "-m", "bench.boards", "rebuild", str(db.url)]
        with subprocess.Popen(command, cwd=PROJECT) as rebuilding:
            measure("the same, while the boards are made again", 5, one_verdict(db, submissions))
            assert rebuilding.poll() is None, "the rebuild ended before the measurement did"
            rebuilding.terminate()
        db.close()


if __name__ == "__main__":
    main()
