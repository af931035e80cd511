"""Which languages there are, and which of them somebody alive can judge."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from judge.db.models import Worker
from judge.db.session import Database

ALIVE_S = 30.0
"""A worker that was not seen for so long counts as gone."""

NAMES = {
    "python3": "Python 3",
    "pytorch": "PyTorch",
    "c": "C",
    "cpp": "C++",
    "java": "Java",
    "javascript": "JavaScript",
    "rust": "Rust",
    "go": "Go",
}
"""Every language that the service knows, by id."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language; `version` is empty while nobody has said which it is."""

    id: str
    name: str
    version: str
    available: bool


@dataclass(frozen=True, slots=True)
class Languages:
    """All languages, and how many workers were alive to tell of them."""

    items: tuple[Language, ...]
    workers_alive: int

    @property
    def available(self) -> tuple[str, ...]:
        """The ids that can be judged now, sorted."""
        return tuple(sorted(one.id for one in self.items if one.available))


def read_languages(db: Database) -> Languages:
    """What the workers that are alive have registered. Raises UnavailableError."""
    with db.read() as session:
        since = db.now(session) - ALIVE_S
        query = select(Worker.languages).where(Worker.seen_at > since).order_by(Worker.id)
        registered = session.scalars(query).all()
    found = {one.id: one for one in _merged(one for languages in registered for one in languages)}
    unknown = (Language(id_, name, "", available=False) for id_, name in NAMES.items())
    items = tuple(found.pop(one.id, one) for one in unknown)
    return Languages(items + tuple(found.values()), len(registered))


def _merged(registered: Iterable[dict[str, object]]) -> Iterable[Language]:
    """One entry an id: that of a worker which has the language, if there is one."""
    best: dict[str, Language] = {}
    for one in registered:
        language = Language(
            id=str(one["id"]),
            name=str(one["name"]),
            version=str(one["version"]),
            available=bool(one["available"]),
        )
        if language.id not in best or language.available:
            best[language.id] = language
    return best.values()
