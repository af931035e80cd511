"""A single sign-on provider on loopback that checks a client's requests against the standards
(RFC 6749, RFC 7636, OpenID Connect Core 1.0), and that tests can make send false answers."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey

from judge.sso.provider import Provider as ProviderSettings

CLIENT, SECRET = "shousi-test", "a secret: with / signs"
Claims = dict[str, Any]


def person(subject: str, **claims: Any) -> Claims:
    """Return the claims of a person with a verified email address."""
    return {
        "sub": subject,
        "email": f"{subject}@example.org",
        "email_verified": True,
        "preferred_username": subject,
        **claims,
    }


@dataclass
class Provider:
    """A provider at which the person `who` is signed in and consents to everything. Tests change
    the other fields to make it send false answers."""

    who: Claims = field(default_factory=lambda: person("ada"))
    key: ECKey = field(default_factory=lambda: new_key("first"))
    thin: bool = False
    """Whether the ID token has only the subject; /userinfo then has the other claims."""
    claims: Claims = field(default_factory=dict)
    """Claims that replace those of the ID token; None removes a claim."""
    user_info: Claims = field(default_factory=dict)
    configuration: Claims = field(default_factory=dict)
    keys: list[Claims] | None = None
    sign: Callable[[Claims], str] | None = None
    refuse: str = ""
    """If set, the error with which the provider sends every browser back."""
    answer: dict[str, bytes] = field(default_factory=dict)
    """Path -> the body that the provider answers there instead, with status 200."""
    hang: set[str] = field(default_factory=set)
    """Paths at which the provider never answers before it ends."""
    asked: list[str] = field(default_factory=list)
    url: str = ""
    codes: dict[str, tuple[Claims, dict[str, str]]] = field(default_factory=dict)
    tokens: dict[str, Claims] = field(default_factory=dict)
    ending: threading.Event = field(default_factory=threading.Event)

    def settings(self, **more: Any) -> ProviderSettings:
        named: Claims = {"issuer": self.url, "client_id": CLIENT, "client_secret": SECRET}
        return ProviderSettings(**{**named, **more})

    def signed(self, claims: Claims) -> str:
        return jwt.encode({"alg": "ES256", "kid": self.key.kid}, claims, self.key)

    def configured(self) -> Claims:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            **self.configuration,
        }

    def authorize(self, query: dict[str, str]) -> str:
        """Check an authorization request; return the URL to which the browser is redirected."""
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT
        assert "openid" in query["scope"].split()
        assert query["code_challenge_method"] == "S256"
        assert len(query["state"]) >= 22
        assert len(query["nonce"]) >= 22
        if self.refuse:
            said = {"error": self.refuse, "state": query["state"]}
        else:
            code = secrets.token_urlsafe(16)
            self.codes[code] = (self.who, query)
            said = {"code": code, "state": query["state"]}
        return f"{query['redirect_uri']}?{urlencode(said)}"

    def trade(self, body: dict[str, str], authorization: str) -> tuple[int, Claims]:
        """Answer the token endpoint: (status, JSON body)."""
        name, _, secret = (
            base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        )
        if (unquote(name), unquote(secret)) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        # A code works once.
        who, asked = self.codes.pop(body["code"], ({}, {}))
        proof = hashlib.sha256(body["code_verifier"].encode()).digest()
        if (
            not who
            or body["grant_type"] != "authorization_code"
            or body["redirect_uri"] != asked["redirect_uri"]
            or not 43 <= len(body["code_verifier"]) <= 128
            or base64.urlsafe_b64encode(proof).decode().rstrip("=") != asked["code_challenge"]
        ):
            return 400, {"error": "invalid_grant"}
        access = secrets.token_urlsafe(16)
        self.tokens[access] = who
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **({"sub": who["sub"]} if self.thin else who),
            **self.claims,
        }
        told = {key: value for key, value in claims.items() if value is not None}
        token = (self.sign or self.signed)(told)
        return 200, {"access_token": access, "token_type": "Bearer", "id_token": token}


def new_key(name: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": name, "use": "sig", "alg": "ES256"})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    provider: Provider


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._answer({key: one[0] for key, one in parse_qs(body).items()})

    def _answer(self, body: dict[str, str]) -> None:
        provider, parts = self.server.provider, urlsplit(self.path)
        provider.asked.append(parts.path)
        query = {key: one[0] for key, one in parse_qs(parts.query).items()}
        if parts.path in provider.hang:
            provider.ending.wait(60)
        elif parts.path in provider.answer:
            self._send(200, provider.answer[parts.path])
        elif parts.path == "/.well-known/openid-configuration":
            self._send(200, provider.configured())
        elif parts.path == "/keys":
            public = provider.key.as_dict(private=False)
            self._send(200, {"keys": [public] if provider.keys is None else provider.keys})
        elif parts.path == "/authorize":
            self.send_response(302)
            self.send_header("Location", provider.authorize(query))
            self.end_headers()
        elif parts.path == "/token":
            self._send(*provider.trade(body, self.headers.get("Authorization", "")))
        elif parts.path == "/userinfo":
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            self._send(200, {**provider.tokens[token], **provider.user_info})
        else:
            self._send(404, {})

    def _send(self, status: int, body: Claims | bytes) -> None:
        told = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        # The client may have closed the connection already.
        with suppress(ConnectionError):
            self.wfile.write(told)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def providing() -> Iterator[Provider]:
    """Run a provider; its answers are right until the test changes it."""
    provider = Provider()
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.provider = provider
        provider.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield provider
        finally:
            provider.ending.set()
            server.shutdown()
            thread.join()
