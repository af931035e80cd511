"""Learning paths: a topic's problems, each after those that it builds on."""

from api.auth import MaybeReader
from api.content_language import InLanguage
from api.services import PREFIX, Ctx
from api.v1.params import problem_answers
from api.v1.routing import ApiRouter
from api.v1.schemas.paths import PathListOut, PathOut, StepOut
from judge.problems.paths import learning_paths
from judge.problems.progress import read_progress
from judge.problems.views import all_problems

router = ApiRouter(prefix=PREFIX)


@router.get(
    "/paths",
    operation_id="listPaths",
    tags=["problems"],
    summary="Learning paths",
    responses=problem_answers(503),
)
def list_paths(ctx: Ctx, language: InLanguage, reader: MaybeReader) -> PathListOut:
    """A path for each topic whose problems build on one another: each problem comes after those
    that it builds on. The longest path comes first. A token is not needed; with one you see your
    progress, and which problem is your next one."""
    problems = all_problems(ctx.db)
    progress = {} if reader is None else read_progress(ctx.db, reader.user_id)
    states = {one.slug: progress[one.id].state for one in problems if one.id in progress}
    return PathListOut(
        items=[
            PathOut(
                tag=path.tag,
                num_solved=path.num_solved,
                problems=[
                    StepOut(
                        slug=step.problem.slug,
                        title=language.pick(step.problem.title) or step.problem.slug,
                        kind=step.problem.kind,
                        difficulty=step.problem.difficulty,
                        after=list(step.after),
                        state=step.state,
                        is_next=step.is_next,
                    )
                    for step in path.steps
                ],
            )
            for path in learning_paths(problems, states)
        ]
    )
