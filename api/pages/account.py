"""Pages to sign in, sign up and sign out.

Opening a one-time link changes nothing, so that neither a chat's preview nor a reload uses it up:
only the button on its page does.
"""

from contextlib import suppress
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from api.errors import ProblemError, problem_of
from api.pages.error_pages import with_headers
from api.pages.forms import OurForm
from api.pages.next_page import LONGEST_ADDRESS, same_site_path
from api.pages.rendering import render
from api.pages.viewer import Viewer
from api.services import Ctx
from api.sessions import begin_session, claim, end_session, sign_in, sign_up
from judge.accounts import management as accounts
from judge.accounts.management import SIGN_IN_PATH
from judge.accounts.users import User
from judge.errors import ConflictError, GoneError, ShousiError

router = APIRouter(include_in_schema=False)

AFTER = "/problems"
Name = Annotated[str, Form(max_length=1000)]
Password = Annotated[str, Form(max_length=4000)]
NextPage = Annotated[str, Form(alias="next", max_length=LONGEST_ADDRESS)]


@router.get(SIGN_IN_PATH)
def show_sign_in(
    request: Request,
    _viewer: Viewer,
    link: Annotated[str, Query(max_length=200)] = "",
    invite: Annotated[str, Query(max_length=200)] = "",
    next_page: Annotated[str, Query(alias="next", max_length=LONGEST_ADDRESS)] = "",
) -> Response:
    """Show both forms; for a one-time link, a button that uses it. The sign-up form already
    contains the admin's invitation."""
    answer = _page(request, link=link, invite=invite, next_page=next_page)
    # The address may contain a secret: no cache and no search engine may store the page.
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


@router.post(SIGN_IN_PATH)
def use_sign_in(
    request: Request,
    ctx: Ctx,
    _: OurForm,
    name: Name = "",
    password: Password = "",
    link: Annotated[str, Form(max_length=200)] = "",
    next_page: NextPage = "",
) -> Response:
    """Sign in by a one-time link, or by a name and a password."""
    # A link's secret is long and random, so that guesses need no limit.
    if link:
        return signed_in(request, ctx, accounts.redeem_link(ctx.db, link), next_page)
    try:
        user = sign_in(request, ctx, name, password)
    except (ProblemError, ShousiError) as error:
        return refused_page(request, error, "in", name=name, next_page=next_page)
    return signed_in(request, ctx, user, next_page)


@router.post("/sign-up")
def use_sign_up(
    request: Request,
    ctx: Ctx,
    viewer: Viewer,
    _: OurForm,
    name: Name,
    password: Password,
    invite: Annotated[str, Form(max_length=200)] = "",
    next_page: NextPage = "",
) -> Response:
    """Make an account, and sign in; a guest keeps their submissions."""
    try:
        # A guest's user stays and gets a name, so that their submissions stay theirs.
        if viewer is not None and viewer.is_guest:
            user = claim(request, ctx, viewer, name, password, invite or None)
        else:
            user = sign_up(request, ctx, name, password, invite or None)
    except (ProblemError, ShousiError) as error:
        # If the button was pressed twice, the account exists already and its password fits.
        if isinstance(error, ConflictError | GoneError):
            with suppress(ProblemError, ShousiError):
                return signed_in(request, ctx, sign_in(request, ctx, name, password), next_page)
        return refused_page(request, error, "up", name=name, invite=invite, next_page=next_page)
    return signed_in(request, ctx, user, next_page)


@router.post("/sign-out")
def use_sign_out(ctx: Ctx, viewer: Viewer, _: OurForm) -> Response:
    """End the session; signing out twice is no error."""
    # 303: the browser gets the page with GET, so that a reload doesn't send the form again.
    answer = RedirectResponse("/", 303)
    if viewer is not None:
        end_session(ctx, viewer, answer)
    return answer


def signed_in(request: Request, ctx: Ctx, user: User, next_page: str) -> Response:
    """Begin the session, and redirect to the page that the user wanted."""
    answer = RedirectResponse(same_site_path(next_page, AFTER), 303)
    begin_session(request, ctx, user, answer)
    return answer


def refused_page(
    request: Request, error: ProblemError | ShousiError, form: str, **kept: str
) -> Response:
    """Show the sign-in page with an error in one of its parts (`in`, `up`, `by`)."""
    problem = error if isinstance(error, ProblemError) else problem_of(error)
    wanted = kept.get("next_page", "")
    answer = _page(
        request,
        problem.kind.status,
        wrong_form=form,
        # An error about the whole form is shown at its first field.
        wrong_field=problem.errors[0]["field"] if problem.errors else "name",
        complaint_text=problem.detail,
        own_address=SIGN_IN_PATH + (f"?{urlencode({'next': wanted})}" if wanted else ""),
        **kept,
    )
    return with_headers(answer, problem)


def _page(request: Request, status: int = 200, **shown: str) -> Response:
    # The template uses all of these; with StrictUndefined a missing one is an error.
    blank = dict.fromkeys(
        ("link", "name", "invite", "next_page", "wrong_form", "wrong_field", "complaint_text"), ""
    )
    parties = request.app.state.services.parties
    providers = {name: party.label for name, party in parties.items()}
    return render(request, "sign-in.html", status, **{**blank, **shown, "providers": providers})
