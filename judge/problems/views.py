"""Problems as readers see them: frozen views of the newest published version."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Row, Select, and_, bindparam, func, select
from sqlalchemy.orm import Session

from judge import blobs
from judge.db.models import Problem, ProblemVersion, StoredTest
from judge.db.session import Database
from judge.job import Kind
from judge.limits import Limits
from judge.problems.progress import ProblemState, Progress
from judge.problems.quizzes import QuestionView, read_questions
from judge.problems.stored import CODE_BYTES, PREREQUISITES, QUESTIONS

_LONGEST_SAMPLE_BYTES = 16384
# The heading that begins a statement's last part, in either language.
_BACKGROUND = re.compile(r"<h2>(?:Background|背景)")
_OFFERED = Problem.withdrawn_at.is_(None)


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample test as shown; long ones are cut."""

    name: str
    input: str
    output: str
    interaction: str = ""
    """A conversation, in place of input and output: lines `<` to the program, `>` from it."""


@dataclass(frozen=True, slots=True)
class ProblemSummary:
    """A line of the list. `title` is by language tag; `id` is the list's cursor; a search looks in
    `sought`, which is case-folded."""

    id: str
    slug: str
    title: Mapping[str, str]
    kind: Kind
    difficulty: str
    tags: tuple[str, ...]
    version: int
    sought: str
    prerequisites: tuple[str, ...] = ()
    """The slugs of the problems to solve before it."""


@dataclass(frozen=True, slots=True)
class ProblemView:
    """One problem's newest version. Texts by language tag, templates by language id.

    `published_at` is in epoch seconds; `sha256` is the package's. `code_bytes` is the longest
    source allowed, None for any. `num_mistakes` counts the known mistakes that have a line.
    """

    id: str
    slug: str
    title: Mapping[str, str]
    kind: Kind
    difficulty: str
    tags: tuple[str, ...]
    limits: Limits
    statement_markdown: Mapping[str, str]
    statement_html: Mapping[str, str]
    samples: tuple[Sample, ...]
    templates: Mapping[str, str]
    languages: tuple[str, ...]
    entry: str | None
    version: int
    sha256: str
    published_at: float
    num_tests: int
    num_mistakes: int
    downloads: tuple[str, ...] = ()
    code_bytes: int | None = None
    questions: tuple[QuestionView, ...] = ()
    """The questions of a quiz."""


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """A page of the list; `next` is the cursor of the next page, None at the end; `total` is the
    number of all problems that match."""

    items: tuple[ProblemSummary, ...]
    next: str | None
    total: int


@dataclass(frozen=True, slots=True)
class ProblemFilter:
    """What a reader searches for; an empty text matches all. `q` is part of a title, in any
    language, of a tag or of the slug; `state` is the reader's own."""

    q: str = ""
    difficulty: str = ""
    kind: str = ""
    tag: str = ""
    state: str = ""

    def fits(self, problem: ProblemSummary, state: str = ProblemState.NEW) -> bool:
        """Whether the problem matches; `state` is the reader's state of it."""
        if (
            self.state not in ("", state)
            or self.difficulty not in ("", problem.difficulty)
            or self.kind not in ("", problem.kind)
            or (self.tag and self.tag not in problem.tags)
        ):
            return False
        wanted = self.q.strip().casefold()
        return not wanted or wanted in problem.sought


def list_problems(
    db: Database,
    cursor: str | None = None,
    limit: int = 50,
    wanted: ProblemFilter = ProblemFilter(),
    progress: Mapping[str, Progress] = MappingProxyType({}),
) -> ProblemPage:
    """The problems that match, by slug, after `cursor`. `progress` is the reader's, by the
    problem's id. Raises UnavailableError."""
    if wanted != ProblemFilter():
        # Filtered here and not in SQL: titles and tags are JSON, and there are few problems.
        found = [
            one
            for one in all_problems(db)
            if wanted.fits(one, progress.get(one.id, Progress()).state)
        ]
        items = [one for one in found if cursor is None or one.slug > cursor][: limit + 1]
        return _page(items, limit, len(found))
    query = _summaries().limit(limit + 1)
    if cursor is not None:
        query = query.where(Problem.slug > cursor)
    with db.read() as session:
        items = [_summary(row) for row in session.execute(query)]
        total = session.scalar(select(func.count()).select_from(Problem).where(_OFFERED)) or 0
    return _page(items, limit, total)


def _page(items: Sequence[ProblemSummary], limit: int, total: int) -> ProblemPage:
    """`items` are those of the page, and one more if another page follows."""
    following = items[limit - 1].slug if len(items) > limit else None
    return ProblemPage(tuple(items[:limit]), following, total)


# Titles and tags are JSON, and reading a thousand of them takes longer than the rest of a page.
# Each change of the list changes one of these sums.
_STATE_OF_LIST = select(
    func.count(), func.sum(Problem.version), func.count(Problem.withdrawn_at),
    func.sum(Problem.withdrawn_at),
)  # fmt: skip
# What `all_problems` has read, with the sums as they were then.
_LISTS: WeakKeyDictionary[Database, tuple[tuple[Any, ...], tuple[ProblemSummary, ...]]] = (
    WeakKeyDictionary()
)


def all_problems(db: Database) -> tuple[ProblemSummary, ...]:
    """Every problem that is not withdrawn, by slug, for callers that search among them; the same
    object until the list changes. Raises UnavailableError."""
    with db.read() as session:
        now = tuple(session.execute(_STATE_OF_LIST).one())
        if db not in _LISTS or _LISTS[db][0] != now:
            found = tuple(_summary(row) for row in session.execute(_summaries()))
            _LISTS[db] = (now, found)
        return _LISTS[db][1]


# Built once: building takes longer than the database needs.
_OF_VERSION = StoredTest.version_id == bindparam("version")
_NUM_TESTS = select(func.count()).select_from(StoredTest).where(_OF_VERSION)
_SAMPLES = select(StoredTest).where(_OF_VERSION, StoredTest.sample).order_by(StoredTest.position)


def read_problem(db: Database, slug: str) -> ProblemView | None:
    """The newest version of `slug`, or None. Raises UnavailableError."""
    with db.read() as session:
        row = session.execute(_newest().where(Problem.slug == slug, _OFFERED)).one_or_none()
        if row is None:
            return None
        problem, version = row
        num_tests = session.scalar(_NUM_TESTS, {"version": version.id})
        samples = _samples(session, version)
        return ProblemView(
            id=problem.id,
            slug=problem.slug,
            title=version.title,
            kind=Kind(version.kind),
            difficulty=version.difficulty,
            tags=tuple(version.tags),
            limits=Limits(**version.limits),
            statement_markdown=version.statements_markdown,
            statement_html=version.statements_html,
            samples=samples,
            templates=version.templates,
            languages=tuple(version.languages),
            entry=version.entry,
            version=version.number,
            sha256=version.sha256,
            published_at=version.created_at,
            num_tests=num_tests or 0,
            num_mistakes=len(version.mistakes),
            downloads=tuple((version.extras or {}).get("downloads", {})),
            code_bytes=(version.extras or {}).get(CODE_BYTES),
            questions=read_questions((version.extras or {}).get(QUESTIONS, [])),
        )


def split_background(html: str) -> tuple[str, str]:
    """A statement without its last part, which explains the method, and that part; may be empty."""
    found = _BACKGROUND.search(html)
    return (html, "") if found is None else (html[: found.start()], html[found.start() :])


def read_download(db: Database, slug: str, name: str) -> bytes | None:
    """A statement's file or an attachment of the newest version, or None. Raises
    CorruptBlobError, UnavailableError."""
    with db.read() as session:
        found = newest_version(session, slug)
        stored = ((found[1].extras or {}) if found else {}).get("downloads", {})
        return blobs.get(session, stored[name]["sha256"]) if name in stored else None


def newest_version(session: Session, slug: str) -> tuple[Problem, ProblemVersion] | None:
    """The problem `slug` and its newest version, as rows, for callers inside `judge`."""
    row = session.execute(_newest().where(Problem.slug == slug)).one_or_none()
    return None if row is None else (row[0], row[1])


@cache
def _newest() -> Select[Problem, ProblemVersion]:
    newest = and_(ProblemVersion.problem_id == Problem.id, ProblemVersion.number == Problem.version)
    return select(Problem, ProblemVersion).join(ProblemVersion, newest)


def _summaries() -> Select[Any]:
    # Columns by name: a version's row holds its statements too, which a list doesn't show.
    columns = (ProblemVersion.title, ProblemVersion.kind, ProblemVersion.difficulty)
    return (
        _newest()
        .with_only_columns(
            *(Problem.id, Problem.slug, *columns, ProblemVersion.tags, ProblemVersion.number),
            ProblemVersion.extras[PREREQUISITES].label(PREREQUISITES),
            # The joins depend on the columns that are replaced here; this keeps them.
            maintain_column_froms=True,
        )
        .where(_OFFERED)
        .order_by(Problem.slug)
    )


def _summary(row: Row[Any]) -> ProblemSummary:
    return ProblemSummary(
        id=row.id,
        slug=row.slug,
        title=row.title,
        kind=Kind(row.kind),
        difficulty=row.difficulty,
        tags=tuple(row.tags),
        version=row.number,
        # One text: no search matches across two of its parts, because a line end separates them.
        sought="\n".join((row.slug, *row.title.values(), *row.tags)).casefold(),
        prerequisites=tuple(row.prerequisites or ()),
    )


def _samples(session: Session, version: ProblemVersion) -> tuple[Sample, ...]:
    """Sample tests and sample conversations; a conversation replaces the test of its name."""
    conversations = (version.extras or {}).get("interactions", {})
    found = session.scalars(_SAMPLES, {"version": version.id})
    rows = [row for row in found if row.name not in conversations]
    shas: dict[str, tuple[str, str | None]] = {}
    for row in rows:
        # The statement may show something else than the test's own files.
        settings = row.settings or {}
        shas[row.name] = (
            settings.get("shown_input", row.input_sha256),
            settings.get("shown_output", row.answer_sha256),
        )
    data = blobs.get_many(session, {sha for pair in shas.values() for sha in pair if sha})
    tests = [
        Sample(name, _shown(data[input_]), _shown(data[answer] if answer else b""))
        for name, (input_, answer) in shas.items()
    ]
    spoken = [Sample(name, "", "", text) for name, text in conversations.items()]
    return tuple(sorted(tests + spoken, key=lambda sample: sample.name))


def _shown(data: bytes) -> str:
    text = data[:_LONGEST_SAMPLE_BYTES].decode("utf-8", "replace")
    return text if len(data) <= _LONGEST_SAMPLE_BYTES else text + "\n…"
