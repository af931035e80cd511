"""What is checked of a submission before it is stored, so that the answer says what would do."""

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


def check_batch(ctx: Services, slug: str, sources: Sequence[Source]) -> None:
    """Refuse a batch of which some sources can't be taken, naming each by its place, or that is too
    long as a whole. Raises NotFoundError where there is no such problem."""
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
        # More of them than one answer names needn't be looked for.
        if len(refusals) == MAX_FIELD_ERRORS:
            break
    if refusals:
        raise _of_sources(refusals)
    limit_bytes, size = ctx.settings.batch_limit_bytes, 0
    for place, one in enumerate(sources):
        size += len(one.source.encode())
        if size > limit_bytes:
            message = (
                f"{limit_bytes} bytes are the most that all sources of a batch may have together: "
                "send this one and those after it in another batch."
            )
            raise field_problem(kinds.SOURCE_TOO_LARGE, f"sources.{place}.source", message)


def refused_sources(
    ctx: Services, slug: str, sources: Sequence[Source], refused: RefusedSourcesError
) -> ProblemError:
    """The answer to a batch of which the problem does not take some sources."""
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
    """One answer to several sources: each error names its source by its place from 0. The type is
    that of the first."""
    first = next(iter(refusals.values()))
    errors = [
        {"field": f"sources.{place}.{one['field']}", "message": one["message"]}
        for place, problem in refusals.items()
        for one in problem.errors
    ]
    detail = f"{errors[0]['field']}: {errors[0]['message']} Nothing of the batch was stored."
    return ProblemError(first.kind, detail, errors=errors, extra=first.extra)
