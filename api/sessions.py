"""Signing in and out: by name and password or by a one-time link, with a cookie or a token.

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
    """The user with this name and password.

    Raises ProblemError: 401 where there is none, 429 after too many wrong passwords.
    """
    with ctx.limits.signing_in(request, name):
        user = users.sign_in(ctx.db, name, password)
    if user is None:
        # Only wrong passwords count, so that a busy user is never locked out.
        ctx.limits.failed_sign_in(request, name)
        # The same words whether or not there is such a user.
        raise ProblemError(
            kinds.NOT_SIGNED_IN,
            "No user has that name and password.",
            headers={"WWW-Authenticate": 'Bearer realm="shousi"'},
        )
    ctx.limits.signed_in(request, name)
    return user


def sign_up(request: Request, ctx: Services, name: str, password: str, invite: str | None) -> User:
    """A new account; while sign-up is closed an admin's invitation opens it.

    Raises ProblemError: 403 where it is closed; the judge's errors for a name or a password that
    can't be taken, an invitation that doesn't work, and TooManyError.
    """
    # Counted before the look at the invitation: guessing one is bounded, too.
    ctx.limits.check_sign_up(request)
    if invite is not None:
        return accounts.create_invited_user(ctx.db, name, password, invite)
    if not ctx.settings.signup_open:
        raise ProblemError(
            kinds.SIGN_UP_CLOSED, "New accounts are made by an admin of this service."
        )
    return users.create_user(ctx.db, name, password)


def new_guest(request: Request, ctx: Services) -> User:
    """A guest, for whoever submits before they have an account.

    Raises ProblemError (403) where there are none, TooManyError.
    """
    if not ctx.settings.guests_open:
        raise ProblemError(kinds.SIGN_UP_CLOSED, "This service takes no guests; sign in.")
    ctx.limits.check_guest(request)
    return guests.create_guest(ctx.db)


def claim(request: Request, ctx: Services, guest: Principal, name: str, password: str) -> User:
    """Make the guest a user, who keeps what was sent. Errors as of `sign_up`, and ConflictError
    where they are no guest."""
    if not guest.is_guest:
        raise ConflictError("You have an account already.")
    ctx.limits.check_sign_up(request)
    return guests.claim(ctx.db, guest.user_id, name, password)


def begin_session(request: Request, ctx: Services, user: User, response: Response) -> None:
    """Start a session for `user`; its cookie goes out with `response`."""
    # A guest is forgotten after this time, and the session with the guest.
    ttl_s = int(guests.GUEST_S) if user.role is Role.GUEST else SESSION_S
    secret, _ = users.issue_token(ctx.db, user.id, "browser", ttl_s, kind=TokenKind.SESSION)
    response.set_cookie(
        COOKIE,
        secret,
        max_age=ttl_s,
        httponly=True,
        samesite="lax",
        # Behind a proxy that speaks TLS the scheme is what the trusted proxy says.
        secure=request.url.scheme == "https",
    )


def leave(
    ctx: Services, principal: Principal, confirm: str, code: Code, response: Response
) -> None:
    """Delete the account of whoever asks, and take the session's cookie back.

    Raises ProblemError where `confirm` is not its name, ConflictError as `delete_account` does.
    """
    if confirm != principal.user.name:
        raise field_problem(
            kinds.INVALID, "confirm", "Write your name exactly, to confirm that you mean it."
        )
    delete_account(ctx.db, principal.user_id, code)
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")


def end_session(ctx: Services, principal: Principal, response: Response) -> None:
    """Revoke the token or session of this request, and take the cookie back."""
    users.revoke_token(ctx.db, principal.user_id, principal.token_id)
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")
