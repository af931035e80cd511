"""What the page of an accepted submission shows beside the verdict: how fast it is compared with
others, the team mates whose solutions the user may read now, and the next problem."""

from dataclasses import dataclass

from api.content_language import ContentLanguage
from api.pages.diagrams import Histogram, histogram
from api.pages.problem_list import lines
from api.services import Services
from judge.accounts.users import Principal
from judge.boards.runtimes import ENOUGH_SOLUTIONS, Runtimes, read_runtimes
from judge.errors import NotFoundError
from judge.job import Kind
from judge.problems.views import read_problem, split_background
from judge.states import Purpose
from judge.submissions.views import SubmissionView
from judge.teams.access import team_mates_who_solved
from judge.verdict import Verdict


@dataclass(frozen=True, slots=True)
class NextSteps:
    """`is_run`: the submission is a program, whose time counts. `picture` is None while too few
    users have solved the problem to compare. `next_slug` is empty if no problem is left to solve.
    """

    runtimes: Runtimes
    enough: int
    is_run: bool
    picture: Histogram | None
    has_background: bool
    team_mates: tuple[str, ...]
    next_slug: str
    next_title: str


def next_steps_of(
    ctx: Services, viewer: Principal, view: SubmissionView, reader: ContentLanguage
) -> NextSteps | None:
    """Return the next steps after the viewer's own accepted submission; None for any other, and if
    the problem is withdrawn."""
    # An interview's submissions are left out: its next task and its report follow them.
    is_accepted = view.verdict is Verdict.AC and view.purpose is Purpose.SUBMISSION
    if not is_accepted or view.user_id != viewer.user_id:
        return None
    problem = read_problem(ctx.db, view.problem)
    if problem is None:
        return None
    try:
        runtimes = read_runtimes(ctx.db, view.problem, view.id)
    except NotFoundError:
        # The problem was withdrawn since it was read above.
        return None
    # A quiz runs no program whose time could be compared.
    is_run = problem.kind is not Kind.QUIZ
    following = _next_problem(ctx, viewer, view.problem, reader)
    return NextSteps(
        runtimes,
        ENOUGH_SOLUTIONS,
        is_run,
        histogram(runtimes) if is_run and runtimes.num_solutions >= ENOUGH_SOLUTIONS else None,
        bool(split_background(reader.pick(problem.statement_html) or "")[1]),
        team_mates_who_solved(ctx.db, viewer.user_id, problem.id),
        *following,
    )


def _next_problem(
    ctx: Services, viewer: Principal, slug: str, reader: ContentLanguage
) -> tuple[str, str]:
    """Return slug and title of the next unsolved problem after `slug` in the list, which then
    begins again at its first problem; empty if there is none."""
    listed = lines(ctx, viewer, reader)
    here = next((n for n, line in enumerate(listed) if line.problem.slug == slug), -1)
    for line in (*listed[here + 1 :], *listed[: here + 1]):
        if line.state != "solved" and line.problem.slug != slug:
            return line.problem.slug, line.title
    return "", ""
