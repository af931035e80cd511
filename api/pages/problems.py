"""Pages: the list of problems, and a problem's own page (statement, editor, samples, result)."""

import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.access import visible_submission
from api.content_language import ContentLanguage
from api.pages.paging import LINES_A_PAGE, PageNumber, Slug, page_of, without_nul
from api.pages.panel import read_panel
from api.pages.preferences import reader_of
from api.pages.problem_list import Line, Wanted, cells_of, chips, lines, listing_of, shown_paths
from api.pages.quizzes import fields_of
from api.pages.rendering import render
from api.pages.split import split_of
from api.pages.statements import statement_of
from api.pages.viewer import SignedIn, Viewer
from api.pages.withdrawn import withdrawn_page
from api.services import Ctx, Services
from judge import workers
from judge.accounts.users import Principal
from judge.errors import NotFoundError
from judge.interviews.admission import task_now
from judge.problems.progress import ProblemState
from judge.problems.reference import read_references
from judge.problems.views import ProblemView, read_problem
from judge.submissions.drafts import Draft, read_drafts
from judge.submissions.lifecycle import list_submissions
from judge.submissions.views import SubmissionView
from judge.teams.practice import open_sets
from judge.verdict import Verdict

router = APIRouter(include_in_schema=False)

_LONGEST_PREFILLED = 4096
_FIRST_TAGS = 12
"""How many tags are shown, the most common first; all others would fill a phone's window."""
Filter = Annotated[str, Query(max_length=200)]


@router.get("/problems")
def show_problems(
    request: Request,
    ctx: Ctx,
    viewer: Viewer,
    q: Filter = "",
    state: Filter = "",
    difficulty: Filter = "",
    kind: Filter = "",
    tag: Filter = "",
    page: PageNumber = 1,
) -> Response:
    """Show the problems that pass the filters, which are all in the address."""
    # A visitor has solved nothing, so that the filter `state` would only hide everything.
    wanted = Wanted(q, state if viewer else "", difficulty, kind, tag)
    reader = reader_of(request)
    listing = listing_of(ctx, reader)
    found = lines(ctx, viewer, reader)
    # Search for the text once, and not for each chip: this is the slowest filter.
    searched = Wanted(q).fitting(found)
    fitting = wanted.without_text().fitting(searched)
    shown, more = page_of(fitting, page)
    return render(
        request,
        "problems.html",
        wanted=asdict(wanted),
        lines=shown,
        num_fitting=len(fitting),
        next_address=wanted.address(page + 1) if more else "",
        states=chips(
            searched, fitting, wanted, "state", lambda line: [line.state], tuple(ProblemState)
        ),
        difficulties=chips(
            searched,
            fitting,
            wanted,
            "difficulty",
            lambda line: [line.problem.difficulty],
            ("easy", "medium", "hard"),
        ),
        kinds=chips(searched, fitting, wanted, "kind", lambda line: [line.problem.kind]),
        num_first_tags=_FIRST_TAGS,
        tags=chips(searched, fitting, wanted, "tag", lambda line: line.problem.tags),
        num_problems=len(found),
        num_solved=sum(line.state == "solved" for line in found),
        progress=_progress(found) if viewer else [],
        paths=[] if wanted != Wanted() or page > 1 else shown_paths(listing, found),
        titles=listing.titles,
        open_sets=[] if viewer is None or viewer.is_guest else open_sets(ctx.db, viewer.user_id),
        settling=_settling(shown),
        **_where_stopped(ctx, viewer, reader),
    )


@router.get("/settled/problems")
def show_settled(
    request: Request,
    ctx: Ctx,
    viewer: SignedIn,
    slugs: Annotated[tuple[str, ...], Query(alias="slug", max_length=LINES_A_PAGE)] = (),
) -> Response:
    """Update a list that shows submissions to these problems as being judged: answer with the lines
    of the problems where all are judged by now, and the address to ask again for the others. 204
    while nothing has changed."""
    chosen = [line for line in lines(ctx, viewer, reader_of(request)) if line.problem.slug in slugs]
    done = [line for line in chosen if not line.num_pending]
    if len(chosen) == len(slugs) and not done:
        return Response(status_code=204)
    return render(request, "settled-problems.html", lines=done, settling=_settling(chosen))


def _settling(shown: Iterable[Line]) -> str:
    """Return the address where a list asks for new verdicts; empty if nothing is being judged."""
    waiting = [("slug", line.problem.slug) for line in shown if line.num_pending]
    return f"/settled/problems?{urlencode(waiting)}" if waiting else ""


def _progress(found: Sequence[Line]) -> list[tuple[str, int, int]]:
    """(difficulty, problems solved, all problems) for each difficulty that occurs."""
    total = Counter(line.problem.difficulty for line in found)
    solved = Counter(line.problem.difficulty for line in found if line.state == "solved")
    return [(one, solved[one], total[one]) for one in ("easy", "medium", "hard") if total[one]]


def _where_stopped(
    ctx: Services, viewer: Principal | None, reader: ContentLanguage
) -> dict[str, Any]:
    """Return the viewer's last submission for the template, if it was not accepted."""
    nothing: dict[str, Any] = {"stopped": None, "stopped_title": "", "stopped_diagnosis": ""}
    if viewer is None:
        return nothing
    newest = next(iter(list_submissions(ctx.db, user_id=viewer.user_id, limit=1).items), None)
    # It is still being judged, or it is accepted.
    if newest is None or newest.verdict in (None, Verdict.AC):
        return nothing
    titles = listing_of(ctx, reader).titles
    # Its problem is withdrawn.
    if newest.problem not in titles:
        return nothing
    return {
        "stopped": newest,
        "stopped_title": titles[newest.problem],
        "stopped_diagnosis": reader.pick(newest.diagnosis) or "",
    }


@dataclass(frozen=True, slots=True)
class Editor:
    """The content of the form: the language, the source, the own input, and the error if any.

    `shows` says what the source is; if it is a `template` or a `draft`, a draft in the browser
    replaces it. `retry_after` is how many seconds to wait after a `complaint`.
    `asks_who` shows fields for a name and a password even if guests may submit."""

    language: str
    source: str
    own_input: str
    complaint: str = ""
    retry_after: str | None = None
    shows: str = "template"
    asks_who: bool = False


@router.get("/problems/{slug}")
def show_problem(
    request: Request,
    ctx: Ctx,
    viewer: Viewer,
    slug: Slug,
    language: Annotated[str, Query(max_length=50)] = "",
    statement: Annotated[str, Query(max_length=35)] = "",
    submission: Annotated[str, Query(max_length=100)] = "",
    result: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Show a problem's newest version. The editor holds the source of `submission`, else the draft
    or the template of `language`; beside these the panel shows the submission `result`."""
    problem = read_problem(ctx.db, slug)
    if problem is None:
        return withdrawn_page(request, ctx, viewer, slug)
    shown = None
    if submission and viewer is not None:
        shown = _submission_to(ctx, viewer, slug, submission)
        editor = Editor(shown.language, shown.source, _first_input(problem), shows="submission")
        return problem_page(request, ctx, viewer, problem, editor, shown=shown, statement=statement)
    if result and viewer is not None:
        # Old runs are deleted; the page that showed one must still open, with its draft.
        with suppress(NotFoundError):
            shown = _submission_to(ctx, viewer, slug, result)
    first = shown.language if shown else next(iter(problem.languages), "")
    chosen = language if language in problem.languages else first
    draft = _drafts(ctx, viewer, problem).get(chosen)
    source = problem.templates.get(chosen, "") if draft is None else draft.source
    # If nothing is stored, show the source that was sent, and not the template.
    if draft is None and shown is not None and shown.language == chosen:
        source = shown.source
    shows = "template" if draft is None else "draft"
    editor = Editor(chosen, source, _first_input(problem), shows=shows)
    return problem_page(request, ctx, viewer, problem, editor, shown=shown, statement=statement)


def _submission_to(ctx: Services, viewer: Principal, slug: str, id: str) -> SubmissionView:
    # If the reader may not see it, this raises the same error as for an unknown id.
    shown = visible_submission(ctx.db, viewer, without_nul(id))
    if shown.problem != slug:
        raise NotFoundError("That submission is to another problem.")
    return shown


def problem_page(
    request: Request,
    ctx: Services,
    viewer: Principal | None,
    problem: ProblemView,
    editor: Editor,
    *,
    shown: SubmissionView | None = None,
    statement: str = "",
    status: int = 200,
) -> Response:
    """Draw the page of a problem with the given content in its editor."""
    # The statement has a language switch of its own, apart from the page's.
    reader = ContentLanguage((statement.lower(),)) if statement else reader_of(request)
    tag = reader.pick({tag: tag for tag in problem.statement_html}) or "en"
    now = None if viewer is None else task_now(ctx.db, viewer.user_id, problem.id)
    solved = cells_of(ctx, viewer).get(problem.slug)
    is_asked = now is not None and now.asks
    is_solved = solved is not None and solved.solved and not is_asked
    toolchains = {one.id: one for one in workers.languages(ctx.db)}
    return render(
        request,
        "quiz.html" if problem.questions else "problem.html",
        status,
        problem=problem,
        questions=fields_of(
            problem.questions, ContentLanguage((tag,)), editor.source, shown, solved=is_solved
        ),
        title=reader_of(request).pick(problem.title) or problem.slug,
        statement=statement_of(tag, problem.statement_html.get(tag, "")),
        solved=is_solved,
        references=read_references(ctx.db, problem.slug) if is_solved else (),
        task_now=now,
        toolchains=[toolchains[id] for id in problem.languages if id in toolchains],
        editor=editor,
        drafts={
            language: {"source": draft.source, "version": draft.version}
            for language, draft in _drafts(ctx, viewer, problem).items()
        },
        asks_who=viewer is None and (editor.asks_who or not ctx.settings.guests_open),
        # If the form is sent twice, it makes one submission: see `api.pages.submitting`.
        once=secrets.token_urlsafe(12),
        own_address=address_of(problem.slug, editor.language),
        split=split_of(request),
        panel=(
            read_panel(ctx, viewer, shown, reader_of(request))
            if shown is not None and viewer is not None
            else None
        ),
        # The smaller one of the package's limit and the service's.
        code_bytes=min(problem.code_bytes or (1 << 62), ctx.settings.source_limit_bytes),
    )


def address_of(slug: str, language: str) -> str:
    """Return the address of a problem's page with this language chosen."""
    return f"/problems/{quote(slug)}?{urlencode({'language': language})}"


def _drafts(ctx: Services, viewer: Principal | None, problem: ProblemView) -> dict[str, Draft]:
    """Return the reader's drafts by language; a guest's drafts are only in the browser."""
    if viewer is None or viewer.is_guest:
        return {}
    return read_drafts(ctx.db, viewer.user_id, problem.slug)


def _first_input(problem: ProblemView) -> str:
    """Return the first sample's input, which the reader can edit; empty if it is long."""
    text = problem.samples[0].input if problem.samples else ""
    return text if len(text) <= _LONGEST_PREFILLED else ""
