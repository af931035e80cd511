"""What is checked of a submission before it is stored, so that the answer says what would do."""

from api import error_types as kinds
from api.deps import Services
from api.errors import ProblemError, field_problem
from judge.errors import NotFoundError
from judge.languages import Languages, read_languages
from judge.problems import read_problem


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


def check_language(ctx: Services, slug: str, language: str) -> None:
    """Refuse a language that does not exist or that no worker alive has, naming those there are.

    While no worker is alive every known language is taken: the submission waits for one.
    """
    languages = read_languages(ctx.db)
    known = {one.id for one in languages.items}
    if language in languages.available or (language in known and not languages.workers_alive):
        return
    choice = _choice(ctx, slug, languages)
    if language in known:
        kind, what = kinds.LANGUAGE_UNAVAILABLE, f"The language {language!r} is not installed here"
    else:
        kind, what = kinds.UNKNOWN_LANGUAGE, f"There is no language {language[:50]!r}"
    raise _language_problem(kind, what, choice)


def language_refused(ctx: Services, slug: str, language: str) -> ProblemError:
    """The answer to a language that the problem itself does not take."""
    choice = _choice(ctx, slug, read_languages(ctx.db))
    what = f"The problem {slug!r} does not take the language {language!r}"
    return _language_problem(kinds.LANGUAGE_NOT_FOR_PROBLEM, what, choice)


def _choice(ctx: Services, slug: str, languages: Languages) -> list[str]:
    """What could be sent instead: the problem's languages that are available, if any are."""
    problem = read_problem(ctx.db, slug)
    if problem is None:
        raise NotFoundError(f"There is no problem {slug!r}; GET /api/v1/problems lists them.")
    available = [one for one in problem.languages if one in languages.available]
    return available or list(problem.languages)


def _language_problem(kind: kinds.ErrorType, what: str, choice: list[str]) -> ProblemError:
    message = f"{what}; this problem takes {', '.join(choice)}."
    return ProblemError(
        kind,
        message,
        errors=[{"field": "language", "message": message}],
        extra={"languages": choice},
    )
