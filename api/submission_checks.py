"""What is checked of a submission before it is stored, so that the answer says what would do."""

from api import error_types as kinds
from api.errors import ProblemError, field_problem
from api.services import Services
from judge import workers
from judge.errors import NotFoundError
from judge.problems.views import read_problem


def check_text(text: str, field: str, limit_bytes: int) -> None:
    """Refuse text over `limit_bytes` of UTF-8, or with NUL in it."""
    size = len(text.encode())
    if size > limit_bytes:
        message = f"It has {size} bytes; {limit_bytes} bytes are the most that is taken."
        raise field_problem(kinds.SOURCE_TOO_LARGE, field, message)
    if "\0" in text:
        message = f"It holds a NUL character at position {text.index(chr(0))}; send text."
        raise field_problem(kinds.INVALID, field, message)


def check_source(source: str, limit_bytes: int) -> None:
    """Refuse a source that is empty, too long or no text."""
    if not source.strip():
        raise field_problem(kinds.INVALID, "source", "The source is empty.")
    check_text(source, "source", limit_bytes)


def language_problem(
    ctx: Services, slug: str, kind: kinds.ErrorType, language: str
) -> ProblemError:
    """The answer to a language that can't be taken, with those that can.

    `kind` says why: there is no such language, no living worker has it, or the problem does not
    take it. While no worker is alive, or one hasn't looked yet, every known language is taken:
    the submission waits for one. Raises NotFoundError where there is no such problem.
    """
    problem = read_problem(ctx.db, slug)
    if problem is None:
        raise NotFoundError(f"There is no problem {slug!r}; GET /api/v1/problems lists them.")
    available = {one.id for one in workers.languages(ctx.db) if one.available}
    # Where no worker is alive nothing is available: then all of the problem's are named.
    choice = [one for one in problem.languages if one in available] or list(problem.languages)
    taken = ", ".join(choice)
    message = {
        kinds.UNKNOWN_LANGUAGE: (
            f"There is no language {language[:50]!r}; this problem takes {taken}."
        ),
        kinds.LANGUAGE_UNAVAILABLE: (
            f"The language {language!r} is not installed here; this problem takes {taken}."
        ),
        kinds.LANGUAGE_NOT_FOR_PROBLEM: (
            f"The problem {slug!r} does not take {language!r}; this problem takes {taken}."
        ),
    }[kind]
    return ProblemError(
        kind,
        message,
        errors=[{"field": "language", "message": message}],
        extra={"languages": choice},
    )
