"""The report after an interview: how each task went, and what to read next."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from judge.db.session import Database
from judge.errors import InterviewError
from judge.interviews.sittings import RoundState, RoundView, SittingView, TaskView
from judge.job import Kind
from judge.problems.views import ProblemSummary, all_problems, read_problem, split_background

_MOST_QUIZZES = 3
_IN_ALL = frozenset({"theory"})
"""Tags that say nothing about a problem's topic."""


class ReadingKind(StrEnum):
    """The kinds of reading."""

    BACKGROUND = "background"
    QUIZ = "quiz"


@dataclass(frozen=True, slots=True)
class Reading:
    """A problem's background, or a quiz; `title` is by language tag."""

    kind: ReadingKind
    problem: str
    title: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TaskReport:
    """A task of a round that is over. `solved_after_s` is the time from the round's beginning to
    the first accepted submission, None if there is none."""

    task: TaskView
    solved_after_s: float | None
    reading: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class RoundReport:
    """A round that is over."""

    round: RoundView
    tasks: tuple[TaskReport, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The rounds that are over: all of them if `sitting.is_over`."""

    sitting: SittingView
    rounds: tuple[RoundReport, ...]


def report_on(db: Database, sitting: SittingView) -> Report:
    """Report on the rounds that are over. Raises InterviewError in the first round,
    UnavailableError."""
    over = [one for one in sitting.rounds if one.state is RoundState.OVER]
    if not over:
        raise InterviewError(
            "The first round is still running: you can read its report when it is over."
        )
    listed = all_problems(db)
    return Report(
        sitting,
        tuple(
            RoundReport(one, tuple(_task(db, one, task, listed) for task in one.tasks))
            for one in over
        ),
    )


def _task(
    db: Database, one: RoundView, task: TaskView, listed: tuple[ProblemSummary, ...]
) -> TaskReport:
    solved_after_s = None if task.solved_at is None else task.solved_at - one.starts_at
    # A user who solved the task at the first attempt needs no reading.
    if task.solved_at is not None and task.num_attempts <= 1:
        return TaskReport(task, solved_after_s, ())
    reading = [*_background(db, task), *_quizzes(task, listed)]
    return TaskReport(task, solved_after_s, tuple(reading))


def _background(db: Database, task: TaskView) -> list[Reading]:
    if task.kind == Kind.QUIZ:
        # A quiz shows its background only once it is solved, so the quiz itself is suggested.
        return [Reading(ReadingKind.QUIZ, task.problem, task.title)]
    problem = read_problem(db, task.problem)
    # None if the problem is withdrawn.
    if problem is None or not any(
        split_background(html)[1] for html in problem.statement_html.values()
    ):
        return []
    return [Reading(ReadingKind.BACKGROUND, task.problem, task.title)]


def _quizzes(task: TaskView, listed: tuple[ProblemSummary, ...]) -> list[Reading]:
    """The quizzes that share the most tags with the task."""
    tags = {tag for one in listed if one.slug == task.problem for tag in one.tags} - _IN_ALL
    shared = [
        (-len(tags.intersection(one.tags)), one.slug, one)
        for one in listed
        if one.kind is Kind.QUIZ and one.slug != task.problem and tags.intersection(one.tags)
    ]
    return [
        Reading(ReadingKind.QUIZ, one.slug, one.title)
        for _, _, one in sorted(shared, key=lambda found: found[:2])[:_MOST_QUIZZES]
    ]
