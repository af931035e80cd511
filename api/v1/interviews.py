"""Mock interviews: list them, sit one, read its report, and assign them to a team."""

from typing import Annotated
from urllib.parse import quote

from fastapi import Path, Response

from api.access import visible_sitting
from api.auth import Member, Reader, Submitter
from api.content_language import ContentLanguage, InLanguage
from api.services import PREFIX, Ctx
from api.v1.params import no_nul, problem_answers
from api.v1.routing import ApiRouter
from api.v1.schemas.interviews import (
    AdvanceIn,
    AssignmentIn,
    AssignmentListOut,
    AssignmentOut,
    InterviewListOut,
    InterviewOut,
    MemberResultOut,
    MistakeOut,
    ReadingOut,
    ReportOut,
    RoundOut,
    RoundPlanOut,
    RoundReportOut,
    SentOut,
    SittingItemOut,
    SittingListOut,
    SittingOut,
    TaskOut,
    TaskReportOut,
)
from api.v1.teams import READ_ANSWERS, WRITE_ANSWERS, Slug, team_of
from judge.interviews import catalogue, sittings
from judge.interviews.reports import ReadingKind, TaskReport, report_on
from judge.interviews.sittings import SittingView, TaskView
from judge.teams import interviews as assignments
from judge.teams.interviews import Assignment

router = ApiRouter(prefix=PREFIX, tags=["interviews"])
Name = Annotated[str, Path(description="The interview's name")]
SittingId = Annotated[str, Path(description="The sitting's id")]


@router.get(
    "/interviews",
    operation_id="listInterviews",
    summary="All mock interviews",
    responses=problem_answers(503),
)
def list_interviews(ctx: Ctx, reader: InLanguage) -> InterviewListOut:
    """All interviews, by name. A token is not needed."""
    found = catalogue.list_interviews(ctx.db)
    return InterviewListOut(
        items=[
            InterviewOut(
                name=plan.name,
                title=reader.pick(plan.title) or plan.name,
                description=reader.pick(plan.description) or "",
                minutes=plan.minutes,
                rounds=[
                    RoundPlanOut(
                        title=reader.pick(one.title) or "",
                        minutes=one.minutes,
                        tasks=list(one.tasks),
                    )
                    for one in plan.rounds
                ],
                lacking=list(plan.lacking),
            )
            for plan in found
        ]
    )


@router.post(
    "/interviews/{name}/sittings",
    operation_id="startInterview",
    status_code=201,
    summary="Start an interview",
    responses=problem_answers(401, 403, 404, 409, 503),
)
def start_interview(
    name: Name, ctx: Ctx, principal: Submitter, reader: InLanguage, response: Response
) -> SittingOut:
    """Start an interview: its clock, on the server, runs from now on. Until it ends, all that you
    submit to its tasks counts in it, and on no board. 409 if another interview of yours runs."""
    started = sittings.start(ctx.db, principal.user_id, no_nul(name))
    response.headers["Location"] = f"{PREFIX}/sittings/{started.id}"
    return _sitting_out(started, reader)


@router.get(
    "/sittings",
    operation_id="listSittings",
    summary="My sittings",
    responses=problem_answers(401, 403, 503),
)
def list_sittings(ctx: Ctx, principal: Reader, reader: InLanguage) -> SittingListOut:
    """Your sittings, newest first, with the one that runs now."""
    found = sittings.list_sittings(ctx.db, principal.user_id)
    return SittingListOut(items=[_item_out(one, reader) for one in found])


@router.get(
    "/sittings/{id}",
    operation_id="getSitting",
    summary="One sitting",
    responses=problem_answers(401, 403, 404, 503),
)
def get_sitting(id: SittingId, ctx: Ctx, principal: Reader, reader: InLanguage) -> SittingOut:
    """Which round runs, and until when; the submissions, and whether each passes. You may see your
    own sittings and, if you assigned the interview to your team, its members'; admins see all."""
    return _sitting_out(visible_sitting(ctx.db, principal, no_nul(id)), reader)


@router.post(
    "/sittings/{id}/advance",
    operation_id="endRound",
    summary="End the running round",
    responses=problem_answers(401, 403, 404, 409, 413, 415, 422, 503),
)
def end_round(
    id: SittingId, body: AdvanceIn, ctx: Ctx, principal: Submitter, reader: InLanguage
) -> SittingOut:
    """End the running round. The next one begins now, with all of its minutes; after the last one
    the interview is over. This can't be undone. 409 if `round` is not the running one."""
    ended = sittings.end_round(ctx.db, principal.user_id, no_nul(id), body.round)
    return _sitting_out(ended, reader)


@router.get(
    "/sittings/{id}/report",
    operation_id="getReport",
    summary="An interview's report",
    responses=problem_answers(401, 403, 404, 409, 503),
)
def get_report(id: SittingId, ctx: Ctx, principal: Reader, reader: InLanguage) -> ReportOut:
    """The results of the finished rounds: when each task was solved, the attempts, the known
    mistakes, and what to read next. 409 while the first round runs."""
    report = report_on(ctx.db, visible_sitting(ctx.db, principal, no_nul(id)))
    return ReportOut(
        sitting=_item_out(report.sitting, reader),
        rounds=[
            RoundReportOut(
                position=one.round.position,
                title=reader.pick(one.round.title) or "",
                tasks=[_task_report_out(task, reader) for task in one.tasks],
            )
            for one in report.rounds
        ],
    )


@router.get(
    "/teams/{slug}/interviews",
    operation_id="listTeamInterviews",
    summary="A team's interviews",
    responses=READ_ANSWERS,
)
def list_team_interviews(
    slug: Slug, ctx: Ctx, principal: Reader, reader: InLanguage
) -> AssignmentListOut:
    """The interviews that the team was assigned, newest first. Only the owner sees the members'
    results since the assignment."""
    team = team_of(ctx, principal, slug)
    found = assignments.list_assignments(ctx.db, team, principal.user_id)
    return AssignmentListOut(items=[_assignment_out(one, reader) for one in found])


@router.post(
    "/teams/{slug}/interviews",
    operation_id="assignInterview",
    status_code=201,
    summary="Assign an interview to the team",
    responses=WRITE_ANSWERS,
)
def assign_interview(
    slug: Slug, body: AssignmentIn, ctx: Ctx, principal: Member, reader: InLanguage
) -> AssignmentOut:
    """Assign an interview to the team: you see the results of each member who starts it from now
    on. Only the owner may."""
    team = team_of(ctx, principal, slug)
    assignments.assign(ctx.db, team, body.interview, by=principal.user_id)
    found = assignments.list_assignments(ctx.db, team, principal.user_id)
    return _assignment_out(next(one for one in found if one.interview == body.interview), reader)


@router.delete(
    "/teams/{slug}/interviews/{name}",
    operation_id="withdrawInterview",
    status_code=204,
    summary="Withdraw an interview from the team",
    responses=READ_ANSWERS,
)
def withdraw_interview(slug: Slug, name: Name, ctx: Ctx, principal: Member) -> None:
    """Withdraw an interview from the team. Members keep their sittings, but you no longer see them.
    Only the owner may."""
    team = team_of(ctx, principal, slug)
    assignments.withdraw(ctx.db, team, no_nul(name), by=principal.user_id)


def _item_out(view: SittingView, reader: ContentLanguage) -> SittingItemOut:
    return SittingItemOut(
        id=view.id,
        interview=view.interview,
        title=reader.pick(view.title) or view.interview,
        user=view.user,
        started_at=view.started_at,
        ends_at=view.ends_at,
        now=view.now,
        is_over=view.is_over,
        num_solved=view.num_solved,
        num_tasks=len(view.tasks),
    )


def _sitting_out(view: SittingView, reader: ContentLanguage) -> SittingOut:
    running = view.running
    return SittingOut(
        **_item_out(view, reader).model_dump(),
        seconds_left=None if running is None else running.ends_at - view.now,
        rounds=[
            RoundOut(
                position=one.position,
                title=reader.pick(one.title) or "",
                state=one.state.value,
                starts_at=one.starts_at,
                ends_at=one.ends_at,
                tasks=[_task_out(task, reader) for task in one.tasks],
            )
            for one in view.rounds
        ],
    )


def _task_out(task: TaskView, reader: ContentLanguage) -> TaskOut:
    return TaskOut(
        problem=task.problem,
        title=reader.pick(task.title) or task.problem,
        kind=task.kind,
        solved_at=task.solved_at,
        num_attempts=task.num_attempts,
        sent=[
            SentOut(
                id=one.id,
                sent_at=one.sent_at,
                passed=one.passed,
                verdict=one.verdict,
                mistake=reader.pick(one.mistake),
            )
            for one in task.sent
        ],
    )


def _task_report_out(report: TaskReport, reader: ContentLanguage) -> TaskReportOut:
    task = report.task
    return TaskReportOut(
        problem=task.problem,
        title=reader.pick(task.title) or task.problem,
        solved_after_s=report.solved_after_s,
        num_attempts=task.num_attempts,
        verdicts=[one.verdict for one in task.sent],
        mistakes=[
            MistakeOut(line=reader.pick(line) or "", times=times) for line, times in task.mistakes
        ],
        reading=[
            ReadingOut(
                kind=one.kind.value,
                problem=one.problem,
                title=reader.pick(one.title) or one.problem,
                url=f"/problems/{quote(one.problem)}"
                + ("#background" if one.kind is ReadingKind.BACKGROUND else ""),
            )
            for one in report.reading
        ],
    )


def _assignment_out(one: Assignment, reader: ContentLanguage) -> AssignmentOut:
    return AssignmentOut(
        interview=one.interview,
        title=reader.pick(one.title) or one.interview,
        assigned_at=one.assigned_at,
        can_start=one.can_start,
        mine=None if one.mine is None else _item_out(one.mine, reader),
        results=None
        if one.results is None
        else [
            MemberResultOut(
                user=each.user,
                sitting=None if each.sitting is None else _item_out(each.sitting, reader),
            )
            for each in one.results
        ],
    )
