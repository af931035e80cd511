"""What is checked of a submission before it is stored, so that the answer says what would do."""

from api import error_types as kinds
from api.deps import Services
from api.errors import ProblemError, field_problem
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


def language_unknown(ctx: Services, slug: str, language: str) -> ProblemError:
    """The answer to a language that does not exist."""
    what = f"There is no language {language[:50]!r}"
    return _language_problem(ctx, slug, kinds.UNKNOWN_LANGUAGE, what)


def language_lacking(ctx: Services, slug: str, language: str) -> ProblemError:
    """The answer to a language that no living worker has.

    While no worker is alive, or one hasn't looked yet, every known language is taken: the
    submission waits for one.
    """
    what = f"The language {language!r} is not installed here"
    return _language_problem(ctx, slug, kinds.LANGUAGE_UNAVAILABLE, what)


def language_refused(ctx: Services, slug: str, language: str) -> ProblemError:
    """The answer to a language that the problem itself does not take."""
    what = f"The problem {slug!r} does not take the language {language!r}"
    return _language_problem(ctx, slug, kinds.LANGUAGE_NOT_FOR_PROBLEM, what)


def _language_problem(ctx: Services, slug: str, kind: kinds.ErrorType, what: str) -> ProblemError:
    choice = _choice(ctx, slug)
    message = f"{what}; this problem takes {', '.join(choice)}."
    return ProblemError(
        kind,
        message,
        errors=[{"field": "language", "message": message}],
        extra={"languages": choice},
    )


def _choice(ctx: Services, slug: str) -> list[str]:
    """What could be sent instead: the problem's languages that are available, if any are."""
    problem = read_problem(ctx.db, slug)
    if problem is None:
        raise NotFoundError(f"There is no problem {slug!r}; GET /api/v1/problems lists them.")
    available = {one.id for one in workers.languages(ctx.db) if one.available}
    return [one for one in problem.languages if one in available] or list(problem.languages)
