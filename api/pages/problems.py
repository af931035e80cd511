"""The list of problems, and a problem's own page: statement, editor, samples, result."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.access import visible_submission
from api.content_language import ContentLanguage
from api.pages.paging import Slug, without_nul
from api.pages.panel import panel_of
from api.pages.preferences import reader_of
from api.pages.problem_list import Line, Wanted, cells_of, chips, lines
from api.pages.rendering import render
from api.pages.statements import Statement, statement_of
from api.pages.viewer import Viewer
from api.services import Ctx, Services
from judge import workers
from judge.accounts.users import Principal
from judge.errors import NotFoundError
from judge.problems.views import ProblemView, read_problem
from judge.submissions.drafts import read_drafts
from judge.submissions.lifecycle import list_submissions, read_submission
from judge.submissions.views import SubmissionView
from judge.verdict import Verdict
from judge.workers import LanguageView

router = APIRouter(include_in_schema=False)

_LONGEST_PREFILLED = 4096
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
) -> Response:
    """The problems that are looked for; every filter stands in the address."""
    # A visitor has solved nothing, so that the filter would only hide everything.
    wanted = Wanted(q, state if viewer else "", difficulty, kind, tag)
    reader = reader_of(request)
    found = lines(ctx, viewer, reader)
    return render(
        request,
        "problems.html",
        wanted=asdict(wanted),
        lines=[line for line in found if wanted.fits(line)],
        states=chips(found, wanted, "state", lambda line: [line.state], ("new", "tried", "solved")),
        difficulties=chips(
            found,
            wanted,
            "difficulty",
            lambda line: [line.problem.difficulty],
            ("easy", "medium", "hard"),
        ),
        kinds=chips(found, wanted, "kind", lambda line: [line.problem.kind]),
        tags=chips(found, wanted, "tag", lambda line: line.problem.tags),
        num_problems=len(found),
        num_solved=sum(line.state == "solved" for line in found),
        progress=_progress(found) if viewer else [],
        **_where_stopped(ctx, viewer, found, reader),
    )


def _progress(found: Sequence[Line]) -> list[tuple[str, int, int]]:
    """(difficulty, solved, all) of those that there are."""
    told = []
    for difficulty in ("easy", "medium", "hard"):
        of_it = [line for line in found if line.problem.difficulty == difficulty]
        if of_it:
            told.append((difficulty, sum(line.state == "solved" for line in of_it), len(of_it)))
    return told


def _where_stopped(
    ctx: Services, viewer: Principal | None, found: Sequence[Line], reader: ContentLanguage
) -> dict[str, Any]:
    """One's last submission, if it was not accepted."""
    nothing: dict[str, Any] = {"stopped": None, "stopped_title": "", "stopped_diagnosis": ""}
    if viewer is None:
        return nothing
    newest = next(iter(list_submissions(ctx.db, user_id=viewer.user_id, limit=1).items), None)
    # Still judged, or accepted: there is nothing to go on with.
    if newest is None or newest.verdict in (None, Verdict.AC):
        return nothing
    titles = {line.problem.slug: line.title for line in found}
    view = read_submission(ctx.db, newest.id)
    # The problem is withdrawn.
    if newest.problem not in titles or view is None:
        return nothing
    return {
        "stopped": newest,
        "stopped_title": titles[newest.problem],
        "stopped_diagnosis": reader.pick(view.diagnosis) or "",
    }


@dataclass(frozen=True, slots=True)
class Editor:
    """What stands in the form: the language, the source, the own input, and what was wrong.

    `shows` is what the source is: a `template` or a `draft` is replaced by a draft that only the
    browser has.
    `asks_who` shows fields for a name and a password though guests may submit."""

    language: str
    source: str
    own_input: str
    complaint: str = ""
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
) -> Response:
    """The newest version, with the template of `language` or the source of `submission`."""
    problem = found_problem(ctx, slug)
    shown = None
    if submission and viewer is not None:
        # Raises as for an id that doesn't exist where it is not the reader's to see.
        shown = visible_submission(ctx.db, viewer, without_nul(submission))
        if shown.problem != slug:
            raise NotFoundError("That submission is to another problem.")
    if shown is not None:
        editor = Editor(shown.language, shown.source, _first_input(problem), shows="submission")
    else:
        chosen = language if language in problem.languages else _first_language(problem)
        draft = _drafts(ctx, viewer, problem).get(chosen)
        source = problem.templates.get(chosen, "") if draft is None else draft
        shows = "template" if draft is None else "draft"
        editor = Editor(chosen, source, _first_input(problem), shows=shows)
    return problem_page(request, ctx, viewer, problem, editor, shown=shown, statement=statement)


def found_problem(ctx: Services, slug: str) -> ProblemView:
    """The problem's newest version. Raises NotFoundError."""
    problem = read_problem(ctx.db, slug)
    if problem is None:
        raise NotFoundError(f"There is no problem {slug!r}.")
    return problem


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
    """The page of a problem with this in its editor."""
    # The statement has a language switch of its own, apart from the page's.
    reader = ContentLanguage((statement.lower(),)) if statement else reader_of(request)
    solved = cells_of(ctx, viewer).get(problem.slug)
    return render(
        request,
        "problem.html",
        status,
        problem=problem,
        title=reader_of(request).pick(problem.title) or problem.slug,
        statement=_statement(problem, reader),
        solved=solved is not None and solved.solved,
        toolchains=_toolchains(ctx, problem),
        editor=editor,
        drafts=_drafts(ctx, viewer, problem),
        asks_who=viewer is None and (editor.asks_who or not ctx.settings.guests_open),
        panel=None if shown is None else panel_of(shown, reader_of(request)),
        # The package's limit or the service's, whichever is less.
        code_bytes=min(problem.code_bytes or (1 << 62), ctx.settings.source_limit_bytes),
    )


def _drafts(ctx: Services, viewer: Principal | None, problem: ProblemView) -> dict[str, str]:
    """What the reader was writing, by language; a guest's drafts are in the browser."""
    if viewer is None or viewer.is_guest:
        return {}
    kept = read_drafts(ctx.db, viewer.user_id, problem.slug)
    return {language: draft.source for language, draft in kept.items()}


def _statement(problem: ProblemView, reader: ContentLanguage) -> Statement:
    tag = reader.pick({tag: tag for tag in problem.statement_html}) or "en"
    return statement_of(tag, problem.statement_html.get(tag, ""))


def _first_language(problem: ProblemView) -> str:
    return next(iter(problem.languages), "")


def _first_input(problem: ProblemView) -> str:
    """The first sample's input, to be changed into an own one; nothing if it is long."""
    text = problem.samples[0].input if problem.samples else ""
    return text if len(text) <= _LONGEST_PREFILLED else ""


def _toolchains(ctx: Services, problem: ProblemView) -> list[LanguageView]:
    known = {one.id: one for one in workers.languages(ctx.db)}
    return [known[id] for id in problem.languages if id in known]
