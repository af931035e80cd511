"""Sign in by a provider: send the browser to it, and find the user when the browser comes back.

The service stores nothing between the two steps. The browser keeps a cookie with a random value,
the provider's name, the page to go to and the time. The state that the provider sees and sends back
is derived from this cookie with a key of the service. So a browser without the cookie, or with a
changed one, can't have the right state.

The provider is asked in the event loop and not in a thread, so that a slow one delays nobody else.
"""

import base64
import hmac
import json
import secrets
import time
from dataclasses import dataclass

import structlog
from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api import error_types as kinds
from api.errors import ProblemError
from api.services import Services
from judge.accounts.identities import user_of_identity
from judge.accounts.users import Principal, User
from judge.errors import ForbiddenError, NotFoundError, ShousiError
from judge.sso.reading import asking
from judge.sso.relying_party import RelyingParty, Words

log = structlog.get_logger(__name__)

COOKIE = "shousi_sso"
PATH = "/sign-in/by"
"""The addresses of the providers begin with this path; browsers send the cookie only to them."""
BETWEEN_S = 600
"""How many seconds a user may take to sign in at the provider."""
_LONGEST_COOKIE = 3000


@dataclass(frozen=True, slots=True)
class _Begun:
    """The content of the cookie; `word` is random."""

    word: str
    provider: str
    next_page: str
    at: int

    def sealed(self) -> str:
        parts = [self.word, self.provider, self.next_page, self.at]
        return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def _opened(cookie: str) -> _Begun | None:
    try:
        parts = json.loads(base64.urlsafe_b64decode(cookie + "=" * (-len(cookie) % 4)))
        word, provider, next_page, at = parts
        return _Begun(str(word), str(provider), str(next_page), int(at))
    # A client may send any text as the cookie.
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None


def _words_of(key: bytes, cookie: str) -> Words:
    def word(purpose: str) -> str:
        made = hmac.new(key, f"{purpose}\0{cookie}".encode(), "sha256").digest()
        # 43 characters, the fewest that PKCE allows.
        return base64.urlsafe_b64encode(made).decode().rstrip("=")

    return Words(word("state"), word("nonce"), word("verifier"))


async def begin(request: Request, ctx: Services, name: str, next_page: str) -> tuple[str, str]:
    """Return the address to send the browser to, and the cookie for it to keep (see `keep`).

    Raises NotFoundError for an unknown provider, TooManyError, UnavailableError.
    """
    party = _party(ctx, name)
    await run_in_threadpool(ctx.limits.check_single_sign_on, request)
    begun = _Begun(secrets.token_urlsafe(24), name, next_page, int(time.time()))
    cookie = begun.sealed()
    if len(cookie) > _LONGEST_COOKIE:
        # Browsers drop a cookie that is too long; only its page to go to can be so long.
        cookie = _Begun(begun.word, name, "", begun.at).sealed()
    words = _words_of(ctx.sso_key, cookie)
    try:
        async with asking() as client:
            return await party.authorization_url(client, words, _back_to(request, name)), cookie
    except ShousiError as error:
        log.warning("a provider of single sign-on failed", provider=name, error=str(error))
        raise


def keep(request: Request, response: Response, cookie: str) -> None:
    """Set the cookie of a sign-in that has begun; an empty one deletes it."""
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=BETWEEN_S if cookie else 0,
        path=PATH,
        httponly=True,
        # Lax: from another site, it is sent only when the browser comes by a link or a redirect.
        samesite="lax",
        secure=request.url.scheme == "https",
    )


async def finish(
    request: Request, ctx: Services, name: str, viewer: Principal | None
) -> tuple[User, str]:
    """Return the user who has come back from the provider, and the page that they wanted. If they
    have no account yet, the viewer's guest account becomes theirs.

    Raises ForbiddenError, ConflictError, ProblemError, TooManyError or UnavailableError, each with
    a message that says what is wrong and what to do.
    """
    party = _party(ctx, name)
    cookie = request.cookies.get(COOKIE, "")
    words, begun = _words_of(ctx.sso_key, cookie), _opened(cookie)
    state = request.query_params.get("state", "")
    # In constant time, so that the time taken tells nothing about the right state.
    if (
        begun is None
        or not hmac.compare_digest(words.state.encode(), state.encode())
        or begun.provider != name
        or not 0 <= time.time() - begun.at <= BETWEEN_S
    ):
        raise ForbiddenError(
            "This sign-in was not begun in this browser, or too long ago. Begin it again; cookies "
            "must be allowed."
        )
    await run_in_threadpool(ctx.limits.check_single_sign_on, request)

    def admit() -> None:
        if party.provider.domains:
            return  # users of these domains may sign up, even while sign-up is closed
        if not ctx.settings.signup_open:
            raise ProblemError(
                kinds.SIGN_UP_CLOSED, "New accounts are made by an admin of this service."
            )
        ctx.limits.check_sign_up(request)

    guest_id = viewer.user_id if viewer is not None and viewer.is_guest else None
    try:
        async with asking() as client:
            identity = await party.identify(
                client, words, _back_to(request, name), request.query_params
            )
        user = await run_in_threadpool(
            user_of_identity, ctx.db, party.provider, identity, admit=admit, guest_id=guest_id
        )
    except ShousiError as error:
        log.warning("a sign-in by a provider failed", provider=name, error=str(error))
        raise
    await run_in_threadpool(ctx.limits.signed_in, request, user.name)
    return user, begun.next_page


def _party(ctx: Services, name: str) -> RelyingParty:
    party = ctx.parties.get(name)
    if party is None:
        raise NotFoundError("There is no such provider here; choose one on the sign-in page.")
    return party


def _back_to(request: Request, name: str) -> str:
    return f"{request.url.scheme}://{request.url.netloc}{PATH}/{name}/back"
