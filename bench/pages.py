"""`python -m bench.pages [--in FOLDER] [PROBLEMS USERS SUBMISSIONS]`: each page at full size.

Fills an SQLite database (by default 1,000 problems, 10,000 users, 1,000,000 submissions), starts
one API process on it, and requests each page, one after the other, as a user and as an admin. It
prints the time from the request to the last byte, over loopback, and the API's CPU time, which
other load on the machine changes less; then the bytes that the server sends at a first visit.

`--in` keeps the database in that folder and uses it again: filling takes minutes.
"""

import argparse
import re
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
from sqlalchemy import func, insert, select

from api.auth import COOKIE
from bench.boards import fill
from bench.posting import api, cpu_s
from bench.service import free_port
from cli.launcher.broker import EmbeddedValkey
from judge.accounts import users
from judge.accounts.users import TokenKind
from judge.boards.rebuild import rebuild
from judge.db.migrate import upgrade
from judge.db.models import Problem, ProblemVersion, Submission
from judge.db.session import Database
from judge.db.team_models import TeamMember
from judge.settings import Settings
from judge.teams.membership import create_team, list_teams

ROUNDS = 60
GOAL_MS = 30
USER = "u000007"
FIRST_PAGE_KB, EDITOR_KB = 150, 260
PAGES = (
    "/", "/problems", "/problems?q=attention&state=open", "/problems?page=20",
    "/problems/multiheadattention", "/problems/mllmarchitectures", "/problems/maxsubarray/solvers",
    "/submissions", "/submissions?verdict=WA", "/submissions?verdict=JE",
    "/submissions?problem=multiheadattention", "/leaderboard", "/leaderboard?period=month",
    "/users/user7", "/users/user8", "/teams", "/tokens", "/interviews",
)  # fmt: skip
ADMIN_PAGES = (
    "/admin/queue", "/admin/users", "/admin/users?q=user77", "/admin/problems",
    "/admin/problems/maxsubarray", "/admin/rejudges", "/admin/log", "/admin/invitations",
    "/admin/uploads", "/submissions?user=user8", "/submissions?user=user8&verdict=JE",
)  # fmt: skip


def multiply_problems(db: Database, wanted: int) -> None:
    """Copy the problems under other names until there are `wanted`."""
    with db.write() as session:
        versions = {one.problem_id: one for one in session.scalars(select(ProblemVersion))}
        originals = list(session.scalars(select(Problem)))
        for number in range(wanted - len(originals)):
            original = originals[number % len(originals)]
            changed = {"id": f"p{number:06}", "slug": f"{original.slug}{number}"}
            session.execute(insert(Problem), [_row(original) | changed])
            version = {"id": f"v{number:06}", "problem_id": changed["id"]}
            session.execute(insert(ProblemVersion), [_row(versions[original.id]) | version])


def _row(entity: Problem | ProblemVersion) -> dict[str, object]:
    return {column.key: getattr(entity, column.key) for column in entity.__table__.columns}


def signed_in(db: Database, port: int, name: str, *, admin: bool) -> httpx.Client:
    """Return an HTTP client with a session, as a signed-in browser has it."""
    id = USER
    if admin:
        known = users.find_user(db, name)
        id = (known or users.create_admin(db, name)).id
    secret, _ = users.issue_token(db, id, kind=TokenKind.SESSION)
    return httpx.Client(
        base_url=f"http://127.0.0.1:{port}", cookies={COOKIE: secret}, timeout=60,
        headers={"Accept-Encoding": "gzip", "Accept": "text/html"},
    )  # fmt: skip


def measure(browser: httpx.Client, pid: int, page: str) -> None:
    """Print the page's time at the first request, the median and 95th percentile of later ones, and
    the mean CPU time of the API's process `pid`."""
    taken, cpu = [], 0.0
    for turn in range(ROUNDS + 1):
        if turn == 1:
            cpu = cpu_s(pid)
        begun = time.perf_counter()
        answer = browser.get(page)
        taken.append((time.perf_counter() - begun) * 1e3)
        assert answer.status_code == 200, (page, answer.status_code)
    cpu_ms = (cpu_s(pid) - cpu) / ROUNDS * 1e3
    first, *rest = taken
    p95 = statistics.quantiles(rest, n=20)[-1]
    print(
        f"{page:52} {first:8.1f} {statistics.median(rest):8.1f} {p95:8.1f} {cpu_ms:8.1f}"
        f"   goal {GOAL_MS}",
        flush=True,
    )


def sent_bytes(browser: httpx.Client, page: str) -> int:
    """Return how many bytes an answer's body has as it is sent, compressed."""
    with browser.stream("GET", page) as answer:
        assert answer.status_code == 200, (page, answer.status_code)
        return sum(len(part) for part in answer.iter_raw())


def beside(address: str, name: str) -> str:
    """Return the address of another file in the same folder."""
    return f"{address.rpartition('/')[0]}/{name}"


def imported(browser: httpx.Client, script: str) -> set[str]:
    """Return the addresses of a script and of all modules that it imports statically."""
    found, left = set[str](), {script}
    while left:
        one = left.pop()
        found.add(one)
        names = re.findall(r'(?:from|import)"\./([^"]+)"', browser.get(one).text)
        left |= {beside(script, name) for name in names} - found
    return found


def weigh(browser: httpx.Client) -> None:
    """Print the bytes of a first visit, without the editor, and those of the editor."""
    html = browser.get("/").text
    files = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', html))
    first = sent_bytes(browser, "/") + sum(sent_bytes(browser, one) for one in files)
    problem = browser.get("/problems/maxsubarray").text
    (editor,) = {one for one in re.findall(r'/static/[^"\s]+', problem) if "editor" in one}
    # A page imports a language's module when the language is chosen.
    languages = re.findall(r'import\("\./([^"]+)"\)', browser.get(editor).text)
    loads = {
        one: imported(browser, editor) | imported(browser, beside(editor, one)) for one in languages
    }
    print(f"\n{'bytes sent':52} {'KB':>8}")
    print(
        f"{'the first page, with all that it loads':52} {first / 1000:8.1f}   goal {FIRST_PAGE_KB}"
    )
    for language, files in sorted(loads.items()):
        kb = sum(sent_bytes(browser, one) for one in files) / 1000
        what = f"the editor with {language.removeprefix('editor-').partition('-')[0]}"
        print(f"{what:52} {kb:8.1f}   goal {EDITOR_KB}")


def make_team(db: Database) -> str:
    """Make a team with fifty members; return its slug."""
    team = create_team(db, USER, "Bench")
    with db.write() as session:
        mates = [
            {"team_id": team.id, "user_id": f"u{number:06}", "joined_at": team.created_at}
            for number in range(100, 149)
        ]
        session.execute(insert(TeamMember), mates)
    return team.slug


def filled(home: Path, problems: int, people: int, submissions: int) -> Database:
    """Open the database in the folder `home`; if there is none, make and fill it."""
    there = home / "db"
    is_new = not there.exists()
    db = Database(f"sqlite:///{there}")
    if is_new:
        fill(db, people, submissions)
        multiply_problems(db, problems)
        rebuild(db)
    else:
        upgrade(db)
    return db


def main() -> None:
    parser = argparse.ArgumentParser(description="Each page at full size.")
    parser.add_argument("--in", dest="home", type=Path, help="a folder to keep the database in")
    for name, usual in (("problems", 1000), ("people", 10_000), ("submissions", 1_000_000)):
        parser.add_argument(name, nargs="?", type=int, default=usual)
    asked = parser.parse_args()
    with ExitStack() as kept:
        home = asked.home or Path(
            kept.enter_context(tempfile.TemporaryDirectory(prefix="shousi-pages-"))
        )
        db = filled(home, asked.problems, asked.people, asked.submissions)
        kept.callback(db.close)
        settings = Settings(home=home, database_url=str(db.url), port=free_port())
        owned = list_teams(db, USER)
        team = owned[0].slug if owned else make_team(db)
        kept.enter_context(EmbeddedValkey(home))
        pid = kept.enter_context(api(settings, name_broker=False))
        print(
            f"{asked.problems} problems, {asked.people} users, {asked.submissions} submissions, "
            "on SQLite\n"
        )
        print(f"{'milliseconds':52} {'first':>8} {'median':>8} {'p95':>8} {'CPU':>8}")
        with signed_in(db, settings.port, "user7", admin=False) as browser:
            with db.read() as session:
                own = select(func.max(Submission.id)).where(Submission.user_id == USER)
                newest = session.scalar(own)
            for page in (
                *PAGES,
                f"/submissions/{newest}",
                f"/teams/{team}",
                f"/teams/{team}?period=month",
            ):
                measure(browser, pid, page)
        with signed_in(db, settings.port, "boss", admin=True) as browser:
            for page in ADMIN_PAGES:
                measure(browser, pid, page)
        with httpx.Client(
            base_url=f"http://127.0.0.1:{settings.port}",
            headers={"Accept-Encoding": "gzip", "Accept": "text/html"},
        ) as visitor:
            weigh(visitor)


if __name__ == "__main__":
    main()
