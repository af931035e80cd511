"""Checks an ID token as OpenID Connect Core 1.0, section 3.1.3.7, asks."""

import base64
import json
from collections.abc import Iterable
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError

from judge.errors import ForbiddenError
from judge.sso.documents import PublicKey

ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
"""Only signatures that a public key checks: never `none`, and never HS, whose key would be one that
everybody can read."""
LEEWAY_S = 60
"""How far the provider's clock may differ from ours."""
_LONGEST = 16384
_LONGEST_SUBJECT = 255


class UnknownKeyError(Exception):
    """The token names a key that is not among the published ones."""


def _candidates(who: str, token: str, keys: Iterable[PublicKey]) -> list[PublicKey]:
    try:
        head = token.partition(".")[0]
        header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
        kid = header.get("kid")
    except (ValueError, AttributeError, RecursionError) as error:
        raise refused(who, "no signed token") from error
    # If the token names no key, any of them may have signed.
    fitting = [key for key in keys if kid is None or key.kid == kid]
    if not fitting:
        raise UnknownKeyError
    return fitting


def check_id_token(
    who: str,
    token: str,
    keys: Iterable[PublicKey],
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    access_token: str,
) -> dict[str, Any]:
    """The claims of a token that this issuer made for us, now, for this sign-in.

    Raises ForbiddenError, which says which part is wrong, and UnknownKeyError.
    """
    if len(token) > _LONGEST:
        raise refused(who, "too long")
    why = "signature"
    for key in _candidates(who, token, keys):
        try:
            decoded = jwt.decode(token, key, algorithms=ALGORITHMS)
            break
        except BadSignatureError:
            continue
        # Any other fault: the algorithm is not in the list, or does not fit this key, or the claims
        # are nested too deeply.
        except (JoseError, ValueError, TypeError, RecursionError) as error:
            why = type(error).__name__
    else:
        raise refused(who, why)
    claims = CodeIDToken(
        decoded.claims,
        decoded.header,
        options={
            "iss": {"essential": True, "value": issuer},
            "aud": {"essential": True, "value": client_id},
            "nonce": {"essential": True, "value": nonce},
        },
        params={"nonce": nonce, "client_id": client_id, "access_token": access_token},
    )
    try:
        claims.validate(leeway=LEEWAY_S)
    except JoseError as error:
        raise refused(who, getattr(error, "claim", None) or type(error).__name__) from error
    except (ValueError, TypeError, AttributeError) as error:
        raise refused(who, "malformed") from error
    if not 0 < len(claims["sub"]) <= _LONGEST_SUBJECT or not claims["sub"].isprintable():
        raise refused(who, "sub")
    return dict(claims)


def refused(who: str, what: str) -> ForbiddenError:
    """The refusal of a token; `what` is the claim or the part that is wrong."""
    return ForbiddenError(
        f"{who} sent a token that can't be accepted ({what}). Sign in once more; if it stays so, "
        "tell an admin of this service."
    )
