"""Problems as readers see them: frozen views of the newest published version."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Row, Select, and_, select
from sqlalchemy.orm import Session

from judge import blobs
from judge.db.models import Problem, ProblemVersion, StoredTest
from judge.db.session import Database
from judge.job import Kind
from judge.limits import Limits
from judge.problems.stored import CODE_BYTES

_LONGEST_SAMPLE_BYTES = 16384
_OFFERED = Problem.withdrawn_at.is_(None)


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample test as shown; long ones are cut."""

    name: str
    input: str
    output: str
    interaction: str = ""
    """A conversation, in place of input and output: lines `<` to and `>` from the program."""


@dataclass(frozen=True, slots=True)
class ProblemSummary:
    """A line of the list. `title` is by language tag; `id` is the list's cursor."""

    id: str
    slug: str
    title: Mapping[str, str]
    kind: Kind
    difficulty: str
    tags: tuple[str, ...]
    version: int


@dataclass(frozen=True, slots=True)
class ProblemView:
    """One problem's newest version. Texts by language tag, templates by language id.

    `published_at` is in epoch seconds; `sha256` is the package's. `code_bytes` is the longest
    source, None: any.
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
    downloads: tuple[str, ...] = ()
    code_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """Part of the list; `next` is the cursor of what follows, None at the end."""

    items: tuple[ProblemSummary, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class ProblemFilter:
    """What somebody looks for; an empty text asks for nothing. `q` is part of a title, in any
    language, of a tag or of the slug."""

    q: str = ""
    difficulty: str = ""
    kind: str = ""
    tag: str = ""

    def fits(self, problem: ProblemSummary) -> bool:
        """Whether the problem is looked for."""
        words = (problem.slug, *problem.title.values(), *problem.tags)
        return (
            any(self.q.strip().casefold() in word.casefold() for word in words)
            and self.difficulty in ("", problem.difficulty)
            and self.kind in ("", problem.kind)
            and (not self.tag or self.tag in problem.tags)
        )


def list_problems(
    db: Database,
    cursor: str | None = None,
    limit: int = 50,
    wanted: ProblemFilter = ProblemFilter(),
) -> ProblemPage:
    """The problems that are looked for, by slug, from after `cursor`. Raises UnavailableError."""
    query = _summaries()
    if cursor is not None:
        query = query.where(Problem.slug > cursor)
    # Without a filter the database can stop at the page's end.
    if wanted == ProblemFilter():
        query = query.limit(limit + 1)
    with db.read() as session:
        found = (_summary(row) for row in session.execute(query))
        # Filtered here and not in SQL: titles and tags are JSON, and there are few problems.
        items = tuple(islice(filter(wanted.fits, found), limit + 1))
    more = len(items) > limit
    return ProblemPage(items[:limit], items[limit - 1].slug if more else None)


def all_problems(db: Database) -> tuple[ProblemSummary, ...]:
    """Every problem that is offered, by slug, for who looks for some among them. Raises
    UnavailableError."""
    with db.read() as session:
        return tuple(_summary(row) for row in session.execute(_summaries()))


def read_problem(db: Database, slug: str) -> ProblemView | None:
    """The newest version of `slug`, or None. Raises UnavailableError."""
    with db.read() as session:
        row = session.execute(_newest().where(Problem.slug == slug, _OFFERED)).one_or_none()
        if row is None:
            return None
        return _view(row[0], row[1], _samples(session, row[1]))


def read_download(db: Database, slug: str, name: str) -> bytes | None:
    """A statement's file or an attachment of the newest version, or None. Raises
    CorruptBlobError, UnavailableError."""
    with db.read() as session:
        found = newest_version(session, slug)
        stored = ((found[1].extras or {}) if found else {}).get("downloads", {})
        return blobs.get(session, stored[name]["sha256"]) if name in stored else None


def newest_version(session: Session, slug: str) -> tuple[Problem, ProblemVersion] | None:
    """The rows behind `slug`, for callers inside `judge`."""
    row = session.execute(_newest().where(Problem.slug == slug)).one_or_none()
    return None if row is None else (row[0], row[1])


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
            # The joins hang on the columns that are replaced here; this keeps them.
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
    )


def _samples(session: Session, version: ProblemVersion) -> tuple[Sample, ...]:
    """Sample tests and sample conversations; a conversation replaces the test of its name."""
    query = (
        select(StoredTest)
        .where(StoredTest.version_id == version.id, StoredTest.sample)
        .order_by(StoredTest.position)
    )
    conversations = (version.extras or {}).get("interactions", {})
    rows = [row for row in session.scalars(query) if row.name not in conversations]
    shas = {row.name: _shown_blobs(row) for row in rows}
    data = blobs.get_many(session, {sha for pair in shas.values() for sha in pair if sha})
    tests = [
        Sample(name, _shown(data[input_]), _shown(data[answer] if answer else b""))
        for name, (input_, answer) in shas.items()
    ]
    spoken = [Sample(name, "", "", text) for name, text in conversations.items()]
    return tuple(sorted(tests + spoken, key=lambda sample: sample.name))


def _shown_blobs(row: StoredTest) -> tuple[str, str | None]:
    """The blobs that the statement shows as input and answer."""
    settings = row.settings or {}
    input_sha256 = settings.get("shown_input", row.input_sha256)
    return input_sha256, settings.get("shown_output", row.answer_sha256)


def _shown(data: bytes) -> str:
    text = data[:_LONGEST_SAMPLE_BYTES].decode("utf-8", "replace")
    return text if len(data) <= _LONGEST_SAMPLE_BYTES else text + "\n…"


def _view(problem: Problem, version: ProblemVersion, samples: tuple[Sample, ...]) -> ProblemView:
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
        downloads=tuple((version.extras or {}).get("downloads", {})),
        code_bytes=(version.extras or {}).get(CODE_BYTES),
    )
