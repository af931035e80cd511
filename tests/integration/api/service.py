"""A real API for tests: uvicorn on a loopback port, an SQLite file, an embedded Valkey."""

import itertools
import json
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

import httpx
import structlog
from sqlalchemy import select

from api.server import Server, make_server
from cli.launcher.broker import EmbeddedValkey
from judge import blobs
from judge.accounts import users
from judge.db import models
from judge.db.migrate import upgrade
from judge.db.session import Database
from judge.differences import Difference, Reason
from judge.events import Publisher
from judge.ids import new_id
from judge.job import Kind
from judge.limits import Limits, Usage
from judge.monitoring import withdraw_problem
from judge.result import JudgingResult, TestResult
from judge.settings import Settings
from judge.submissions import lifecycle as submissions
from judge.submissions.lifecycle import Claim, Progress
from judge.verdict import Verdict

SOURCE = "def max_subarray(nums):\n    return max(nums)\n"
ROOT = "/api/v1"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Account:
    """A user and a client that is signed in as this user."""

    name: str
    id: str
    http: httpx.Client

    def submit(self, slug: str = "maxsubarray", **more: Any) -> httpx.Response:
        body = {"language": "python3", "source": SOURCE, **more}
        return self.http.post(f"/problems/{slug}/submissions", json=body)

    def submitted(self, slug: str = "maxsubarray") -> str:
        """Store a new submission; return its id."""
        answer = self.submit(slug)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])


class Service:
    """One running API and its database."""

    def __init__(self, settings: Settings, url: str) -> None:
        self.settings = settings
        self.url = url
        self.db = Database(settings.database_url, announce=Publisher(settings.broker_url))
        self._clients: list[httpx.Client] = []
        self.http = self._client({})
        """Under /api/v1, with no token."""
        self.root = http_client(url, {})
        """At the root, with no token."""

    def account(self, role: str = "user", scopes: list[str] | None = None) -> Account:
        """Make a new user with a token directly in the database, because hashing a password takes
        long.
        """
        name = f"{role}{next(_numbers)}"
        user = users.create_admin(self.db, name)
        if role == "user":
            with self.db.write() as session:
                session.get_one(models.User, user.id).role = role
        secret, _ = users.issue_token(self.db, user.id, scopes=scopes)
        return Account(name, user.id, self.client(secret))

    def client(self, secret: str) -> httpx.Client:
        """A client that sends this token."""
        return self._client({"Authorization": f"Bearer {secret}"})

    def elsewhere(self, account: Account, url: str) -> Account:
        """The same account, as a client of another server on the same database."""
        http = self._client(dict(account.http.headers), url)
        return Account(account.name, account.id, http)

    def _client(self, headers: dict[str, str], url: str | None = None) -> httpx.Client:
        http = http_client((url or self.url) + ROOT, headers)
        self._clients.append(http)
        return http

    def close(self) -> None:
        """Close every client that was made, and the database."""
        for http in (self.root, *self._clients):
            http.close()
        self.db.close()

    def claim(self, submission_id: str) -> Claim:
        """Take the submission's judging, as a worker would."""
        view = submissions.read_submission(self.db, submission_id)
        assert view is not None
        claim = submissions.claim(
            self.db, view.judging_id, worker="test", lease_s=60, max_attempts=3
        )
        assert claim is not None
        return claim

    def judge(self, submission_id: str, verdict: Verdict = Verdict.AC) -> None:
        """Judge it as a worker would: a sample and a hidden test, then the verdict."""
        claim = self.claim(submission_id)
        for index, result in enumerate(results(verdict), start=1):
            assert submissions.record(self.db, claim, Progress(total=2, results={index: result}))
        assert submissions.finish(self.db, claim, judged(verdict))


def http_client(url: str, headers: dict[str, str]) -> httpx.Client:
    # Without verification the machine's certificates aren't read for each client; the connection is
    # plain HTTP.
    return httpx.Client(base_url=url, headers=headers, timeout=40, verify=False)


def results(verdict: Verdict) -> list[TestResult]:
    """A sample that is right and a hidden test with `verdict`, both with all their data."""
    data: dict[str, Any] = {"input": "IN", "expected": "EXPECTED", "output": "OUT", "stderr": "ERR"}
    usage = Usage(cpu_s=0.25, wall_s=0.5, memory_bytes=1 << 20)
    hidden: dict[str, Any] = {key: f"HIDDEN-{value}" for key, value in data.items()}
    sample = TestResult("1", True, Verdict.AC, usage)
    secret = TestResult(
        "01-big",
        False,
        verdict,
        usage,
        Difference(Reason.WRONG_ANSWER, {"share": 1}),
        {"en": "Try more"},
    )
    return [replace(sample, **data), replace(secret, **hidden)]


def judged(verdict: Verdict) -> JudgingResult:
    score = 100.0 if verdict is Verdict.AC else 0.0
    return JudgingResult(verdict, Usage(cpu_s=0.25, wall_s=0.5, memory_bytes=1 << 20), score)


def add_problem(
    db: Database, slug: str, kind: Kind = Kind.FUNCTION, languages: tuple[str, ...] = ("python3",)
) -> None:
    """A published problem with one sample and one hidden test."""
    with db.write() as session:
        problem = models.Problem(id=new_id(), slug=slug, version=1, created_at=db.now(session))
        session.add(problem)
        session.flush()
        version = _version(problem.id, slug, kind, languages, db.now(session))
        session.add(version)
        session.flush()
        for position, (name, sample) in enumerate([("1", True), ("01-big", False)]):
            session.add(
                models.StoredTest(
                    version_id=version.id,
                    position=position,
                    name=name,
                    sample=sample,
                    input_sha256=blobs.put(db, session, f"3\n{position} -2 3\n".encode()).sha256,
                    answer_sha256=blobs.put(db, session, b"3\n").sha256,
                    hint={},
                )
            )


@contextmanager
def problems_for_now(service: Service) -> Iterator[None]:
    """Problems that are published in the block are withdrawn after it, so that other tests' counts
    don't change.
    """
    query = select(models.Problem.slug)
    with service.db.read() as session:
        before = set(session.scalars(query))
    yield
    with service.db.read() as session:
        added = set(session.scalars(query)) - before
    admin = service.account("admin")
    for slug in added:
        withdraw_problem(service.db, slug, by=admin.id, withdrawn=True)


def _version(
    problem_id: str, slug: str, kind: Kind, languages: tuple[str, ...], now: float
) -> models.ProblemVersion:
    return models.ProblemVersion(
        id=new_id(),
        problem_id=problem_id,
        number=1,
        sha256=slug,
        created_at=now,
        kind=kind.value,
        difficulty="easy",
        entry="max_subarray",
        title={"en": slug.title(), "zh": "题"},
        tags=["array"],
        limits=asdict(Limits()),
        languages=list(languages),
        checker={"name": "tokens", "arguments": []},
        statements_markdown={"en": "Text"},
        statements_html={"en": "<p>Text</p>"},
        templates={"python3": "def max_subarray(nums):\n"},
        hints={},
        mistakes={},
        support={},
        submissions=[],
    )


def register_worker(db: Database, languages: dict[str, bool]) -> None:
    """A worker that is alive and has, or lacks, these languages."""
    with db.write() as session:
        now = db.now(session)
        listed = [
            {"id": id_, "name": id_.title(), "version": "1.2" if has else "", "available": has}
            for id_, has in languages.items()
        ]
        session.merge(
            models.Worker(
                id="w", host="here", pid=1, languages=listed, started_at=now, seen_at=now + 86400
            )
        )


@contextmanager
def running(settings: Settings) -> Iterator[tuple[Server, str]]:
    """A server in a thread; connections wait in the socket's queue until it is up."""
    # The protocol is given explicitly, because asyncio turns Nagle's delay off only for such
    # sockets.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server = make_server(settings)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield server, f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(30)
            assert not thread.is_alive()


LANGUAGES = {"python3": True, "pytorch": True, "cpp": True, "go": False}


def prepared(settings: Settings, languages: dict[str, bool] = LANGUAGES) -> None:
    """The schema, the problems that the tests use, and a worker if it has any languages."""
    db = Database(settings.database_url)
    upgrade(db)
    add_problem(db, "maxsubarray", Kind.FUNCTION, ("python3", "cpp"))
    add_problem(db, "longestsubarray", Kind.STDIO, ("python3", "cpp", "go"))
    add_problem(db, "lorainit", Kind.TORCH, ("pytorch",))
    if languages:
        register_worker(db, languages)
    db.close()


@contextmanager
def serving(settings: Settings) -> Iterator[Service]:
    """A broker of its own, a prepared database, and an API on them."""
    # As in its own process; otherwise it would log to the stream that tests read as a command's
    # output.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.__stderr__))
    with EmbeddedValkey(settings.home):
        prepared(settings)
        with running(settings) as (_, url):
            service = Service(settings, url)
            yield service
            service.close()


@dataclass
class SseEvent:
    """One event of a stream."""

    kind: str = ""
    id: str | None = None
    data: Any = None


def read_stream(response: httpx.Response) -> Iterator[SseEvent | str]:
    """Yield the stream's events; comments and `retry` lines unchanged."""
    event = SseEvent()
    for line in response.iter_lines():
        name, _, value = line.partition(": ")
        match name:
            case "event":
                event.kind = value
            case "id":
                event.id = value
            case "data":
                event.data = json.loads(value)
            case "" if event.kind:
                yield event
                event = SseEvent()
            case "retry":
                yield line
            case _:
                pass
