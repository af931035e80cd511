"""The languages, and whether each can be judged now."""

from typing import Annotated

from fastapi import Depends

from api.services import PREFIX, Services, services
from api.v1.params import problem_answers
from api.v1.routing import ApiRouter
from api.v1.schemas.problems import LanguageOut
from judge import workers

router = ApiRouter(prefix=PREFIX)


@router.get(
    "/languages",
    operation_id="listLanguages",
    tags=["languages"],
    summary="All languages",
    responses=problem_answers(503),
)
def get_languages(ctx: Annotated[Services, Depends(services)]) -> list[LanguageOut]:
    """All languages. `available` says whether a running worker has the language, `version` which
    version."""
    return [LanguageOut.model_validate(one) for one in workers.languages(ctx.db)]
