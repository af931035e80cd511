"""Sign in, sign up and sign out; begin and end sessions; delete an account.

The session's cookie can't be read by scripts in a page, and other sites' pages can't use it
(`api.auth.check_origin`).
"""

from fastapi import Request, Response

from api import error_types as kinds
from api.auth import COOKIE
from api.errors import ProblemError, field_problem
from api.services import Services
from judge.accounts import guests, users
from judge.accounts import management as accounts
from judge.accounts.leaving import Code, delete_account
from judge.accounts.users import Principal, Role, TokenKind, User
from judge.errors import ConflictError

SESSION_S = 14 * 86400


def sign_in(request: Request, ctx: Services, name: str, password: str) -> User:
    """Return the user with this name and password.

    Raises ProblemError (401) if there is none, TooManyError after too many wrong passwords.
    """
    with ctx.limits.signing_in(request, name):
        user = users.sign_in(ctx.db, name, password)
    if user is None:
        # Only wrong passwords count, so that a busy user is never locked out.
        ctx.limits.failed_sign_in(request, name)
        # The same message whether or not the name exists.
        raise ProblemError(
            kinds.NOT_SIGNED_IN,
            "No user has that name and password.",
            headers={"WWW-Authenticate": 'Bearer realm="shousi"'},
        )
    ctx.limits.signed_in(request, name)
    return user


def sign_up(request: Request, ctx: Services, name: str, password: str, invite: str | None) -> User:
    """Make a new account; while sign-up is closed, this needs an admin's invitation.

    Raises ProblemError (403) if sign-up is closed, the judge's errors for an invalid name, password
    or invitation, and TooManyError.
    """
    # Counted before the invitation is checked, so that guessing invitations is limited, too.
    ctx.limits.check_sign_up(request)
    if invite is not None:
        return accounts.create_invited_user(ctx.db, name, password, invite)
    if not ctx.settings.signup_open:
        raise _sign_up_closed()
    return users.create_user(ctx.db, name, password)


def _sign_up_closed() -> ProblemError:
    return ProblemError(kinds.SIGN_UP_CLOSED, "New accounts are made by an admin of this service.")


def new_guest(request: Request, ctx: Services) -> User:
    """Make a guest, for a visitor who submits without an account.

    Raises ProblemError (403) if the service allows no guests, TooManyError.
    """
    check_guests_open(ctx)
    ctx.limits.check_guest(request)
    return guests.create_guest(ctx.db)


def check_guests_open(ctx: Services) -> None:
    """Raise ProblemError (403) if the service allows no guests, also for those who came before."""
    if not ctx.settings.guests_open:
        raise ProblemError(kinds.SIGN_UP_CLOSED, "This service takes no guests; sign in.")


def claim(
    request: Request,
    ctx: Services,
    guest: Principal,
    name: str,
    password: str,
    invite: str | None,
) -> User:
    """Turn the guest into a user, who keeps their submissions. Raises the errors of `sign_up`, and
    ConflictError if they are not a guest."""
    if not guest.is_guest:
        raise ConflictError("You have an account already.")
    ctx.limits.check_sign_up(request)
    # Closed also to guests who came while it was open.
    if invite is None and not ctx.settings.signup_open:
        raise _sign_up_closed()
    return guests.claim(ctx.db, guest.user_id, name, password, invite)


def begin_session(request: Request, ctx: Services, user: User, response: Response) -> None:
    """Start a session for `user`, and set its cookie in `response`."""
    # A guest is deleted after this time, and the session with them.
    ttl_s = int(guests.GUEST_S) if user.role is Role.GUEST else SESSION_S
    secret, _ = users.issue_token(
        ctx.db, user.id, "browser", ttl_s, kind=TokenKind.SESSION, signed_in=user
    )
    response.set_cookie(
        COOKIE,
        secret,
        max_age=ttl_s,
        httponly=True,
        samesite="lax",
        # Behind a trusted proxy this is the scheme of the client's request to the proxy.
        secure=request.url.scheme == "https",
    )


def leave(
    ctx: Services, principal: Principal, confirm: str, code: Code, response: Response
) -> None:
    """Delete the account of `principal` and the session's cookie.

    Raises ProblemError if `confirm` is not the account's name, ConflictError as `delete_account`
    does.
    """
    if confirm != principal.user.name:
        raise field_problem(
            kinds.INVALID, "confirm", "Write your name exactly, to confirm that you mean it."
        )
    delete_account(ctx.db, principal.user_id, code)
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")


def end_session(ctx: Services, principal: Principal, response: Response) -> None:
    """Revoke the token or session of this request, and delete the cookie."""
    users.revoke_token(ctx.db, principal.user_id, principal.token_id)
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")
