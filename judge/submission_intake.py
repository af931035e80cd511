"""What a submission must be to be taken."""

import hashlib
import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from judge import blobs
from judge.db.models import Problem, ProblemVersion
from judge.db.session import Database
from judge.errors import InvalidError, NotFoundError, TooLongError
from judge.problem_package.stored import CODE_BYTES
from judge.states import Purpose
from judge.submission_views import clean


def hash_of(*body: str | None) -> str:
    """What tells two requests under one idempotency key apart."""
    return hashlib.sha256(json.dumps(body).encode()).hexdigest()


def accepting(session: Session, slug: str, language: str, source: str) -> tuple[str, str]:
    """The ids of the problem and of its newest version, which takes `source` in `language`.

    Raises NotFoundError (no such problem, or withdrawn), InvalidError, TooLongError.
    """
    newest = (ProblemVersion.problem_id == Problem.id) & (ProblemVersion.number == Problem.version)
    # Only what is asked: statements and templates are long.
    query = (
        select(
            Problem.id,
            ProblemVersion.id,
            ProblemVersion.languages,
            ProblemVersion.extras[CODE_BYTES].as_integer(),
        )
        .join(ProblemVersion, newest)
        .where(Problem.slug == slug, Problem.withdrawn_at.is_(None))
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFoundError(f"No problem {slug}")
    problem_id, version_id, languages, most_bytes = found
    if language not in languages:
        raise InvalidError(f"{slug} takes {', '.join(languages)}, not {language}", "language")
    size = len(source.encode("utf-8", "surrogatepass"))
    if most_bytes is not None and size > most_bytes:
        message = f"It has {size} bytes; {slug} takes {most_bytes} bytes at most."
        raise TooLongError(message, "source")
    return problem_id, version_id


def stored_input(
    db: Database, session: Session, own_input: str | None, purpose: Purpose
) -> str | None:
    """The hash under which a run's own input is stored. Raises InvalidError."""
    if own_input is None:
        return None
    if purpose is not Purpose.RUN:
        raise InvalidError("Only a run takes an input of one's own", "input")
    return blobs.put(db, session, check_text(own_input, "input").encode()).sha256


def check_text(text: str, field: str) -> str:
    """`text`, if both databases can keep it. Raises InvalidError."""
    if clean(text) != text:
        raise InvalidError(f"The {field} holds characters that are no text", field)
    return text
