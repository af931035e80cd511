"""What every form of a page passes before anything is done."""

from typing import Annotated

from fastapi import Depends, Form, Request

from api.auth import check_origin
from api.form_tokens import FIELD, FormTokens
from api.services import Ctx


def check_form(
    request: Request,
    ctx: Ctx,
    form_token: Annotated[str, Form(alias=FIELD, max_length=200)] = "",
) -> None:
    """Refuse (403) a form that another site has made or sent."""
    # A browser that names no origin still lacks the word, unless the form is ours.
    check_origin(request, missing_is_fine=True)
    FormTokens(ctx.form_key).check(request, form_token)


OurForm = Annotated[None, Depends(check_form)]
