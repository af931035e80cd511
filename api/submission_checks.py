"""Checks of a submission before it is stored; the errors say what the service accepts."""

from collections.abc import Mapping, Sequence

from api import error_types as kinds
from api.errors import MAX_FIELD_ERRORS, ProblemError, field_problem
from api.services import Services
from judge import workers
from judge.errors import NotFoundError, TooLongError
from judge.languages import LANGUAGES
from judge.problems.views import read_problem
from judge.submissions.batches import RefusedSourcesError, Source


def check_text(text: str, field: str, limit_bytes: int) -> None:
    """Raise ProblemError if `text` has over `limit_bytes` of UTF-8, or contains a NUL."""
    size = len(text.encode())
    if size > limit_bytes:
        message = f"It has {size} bytes; at most {limit_bytes} bytes are accepted."
        raise field_problem(kinds.SOURCE_TOO_LARGE, field, message)
    if "\0" in text:
        message = f"It holds a NUL character at position {text.index(chr(0))}; send text."
        raise field_problem(kinds.INVALID, field, message)


def check_source(source: str, limit_bytes: int) -> None:
    """Raise ProblemError if the source is empty or too long, or contains a NUL."""
    if not source.strip():
        raise field_problem(kinds.INVALID, "source", "The source is empty.")
    check_text(source, "source", limit_bytes)


def language_problem(
    ctx: Services, slug: str, kind: kinds.ErrorType, language: str
) -> ProblemError:
    """Return the error for a language that is refused, with the languages that are accepted.

    `kind` says why: there is no such language, no running worker has it, or the problem does not
    accept it. While no worker runs, or one hasn't reported its languages yet, every known language
    is accepted: the submission waits for a worker. Raises NotFoundError for an unknown problem.
    """
    problem = read_problem(ctx.db, slug)
    if problem is None:
        raise NotFoundError(f"There is no problem {slug!r}; GET /api/v1/problems lists them.")
    available = {one.id for one in workers.languages(ctx.db) if one.available}
    # Without a running worker no language is available: then all of the problem's are named.
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


def check_batch(ctx: Services, slug: str, sources: Sequence[Source]) -> None:
    """Raise ProblemError if some sources of a batch are invalid (it names each by its index), or if
    the batch is too long as a whole. Raises NotFoundError for an unknown problem."""
    lacking = workers.lacking(ctx.db)
    refusals: dict[int, ProblemError] = {}
    for place, one in enumerate(sources):
        try:
            check_source(one.source, ctx.settings.source_limit_bytes)
            if one.language not in LANGUAGES:
                raise language_problem(ctx, slug, kinds.UNKNOWN_LANGUAGE, one.language)
            if one.language in lacking:
                raise language_problem(ctx, slug, kinds.LANGUAGE_UNAVAILABLE, one.language)
        except ProblemError as error:
            refusals[place] = error
        # One answer names at most so many errors: the other sources need no check.
        if len(refusals) == MAX_FIELD_ERRORS:
            break
    if refusals:
        raise _of_sources(refusals)
    limit_bytes, size = ctx.settings.batch_limit_bytes, 0
    for place, one in enumerate(sources):
        size += len(one.source.encode())
        if size > limit_bytes:
            message = (
                f"All sources of a batch together may have at most {limit_bytes} bytes: send this "
                "one and those after it in another batch."
            )
            raise field_problem(kinds.SOURCE_TOO_LARGE, f"sources.{place}.source", message)


def refused_sources(
    ctx: Services, slug: str, sources: Sequence[Source], refused: RefusedSourcesError
) -> ProblemError:
    """Return the error for a batch with sources that the problem does not accept."""
    named = list(refused.refusals.items())[:MAX_FIELD_ERRORS]
    refusals = {}
    for place, error in named:
        if error.field == "language":
            language = sources[place].language
            kind = kinds.LANGUAGE_NOT_FOR_PROBLEM
            refusals[place] = language_problem(ctx, slug, kind, language)
        else:
            kind = kinds.SOURCE_TOO_LARGE if isinstance(error, TooLongError) else kinds.INVALID
            refusals[place] = field_problem(kind, error.field or "source", str(error))
    return _of_sources(refusals)


def _of_sources(refusals: Mapping[int, ProblemError]) -> ProblemError:
    """Return one error for several sources; each field error names its source by the index from 0.
    The error type is that of the first."""
    first = next(iter(refusals.values()))
    errors = [
        {"field": f"sources.{place}.{one['field']}", "message": one["message"]}
        for place, problem in refusals.items()
        for one in problem.errors
    ]
    detail = f"{errors[0]['field']}: {errors[0]['message']} Nothing of the batch was stored."
    return ProblemError(first.kind, detail, errors=errors, extra=first.extra)
