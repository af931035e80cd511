"""The check of every form that a page sends, before its route runs."""

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
    # If a browser names no origin, the CSRF token alone shows that the form is ours.
    check_origin(request, missing_is_fine=True)
    FormTokens(ctx.form_key).check(request, form_token)


OurForm = Annotated[None, Depends(check_form)]
