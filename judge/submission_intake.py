"""What a submission must be to be taken."""

import hashlib
import json

from sqlalchemy.orm import Session

from judge import blobs
from judge.db.models import Problem, ProblemVersion
from judge.db.session import Database
from judge.errors import InvalidError, NotFoundError
from judge.problems import newest_version
from judge.states import Purpose
from judge.submission_views import clean


def hash_of(*body: str | None) -> str:
    """What tells two requests under one idempotency key apart."""
    return hashlib.sha256(json.dumps(body).encode()).hexdigest()


def accepting(session: Session, slug: str, language: str) -> tuple[Problem, ProblemVersion]:
    """The problem and its newest version, which takes `language`.

    Raises NotFoundError, InvalidError.
    """
    found = newest_version(session, slug)
    if found is None or found[0].withdrawn_at is not None:
        raise NotFoundError(f"No problem {slug}")
    languages = found[1].languages
    if language not in languages:
        raise InvalidError(f"{slug} takes {', '.join(languages)}, not {language}", "language")
    return found


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
