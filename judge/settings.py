"""Settings: environment variables `SHOUSI_*`, each with a default that works on a bare machine."""

import ipaddress
import json
import os
import re
import warnings
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from judge.broker_socket import in_url, socket_path
from judge.errors import ShousiError
from judge.labels import parse_labels
from judge.listed import words_in
from judge.sso.provider import NAME as PROVIDER_NAME
from judge.sso.provider import Provider
from judge.webhooks.addresses import Rules, parse_networks

PROJECT = Path(__file__).resolve().parent.parent
SECRETS = Path("/run/secrets")
_PREFIX = "SHOUSI_"
# SQLite refuses statements with a number above 2**63 - 1; this is exact as a float, too.
_MOST = 2**53
# As the library that counts reads it; of several limits in one setting it would take the first.
_LIMIT = re.compile(
    r"\s{0,9}\d{1,15}\s{0,9}(/|per)\s{0,9}\d{0,15}\s{0,9}"
    r"(second|minute|hour|day|month|year)s?\s{0,9}",
    re.ASCII | re.IGNORECASE,
)
# Variables that are no settings: of the command line, between our processes, of compose, of tests.
_NO_SETTING = re.compile(
    r"SHOUSI_(URL|TOKEN|LISTEN_FDS|READY_FD|BIND|RUNNER_MEMORY|WHOLE_CORPUS|CGROUP2"
    r"|(REQUIRE|TESTS|CHAOS|CI)_\w+)"
)


def _checked_limit(value: str) -> str:
    if not _LIMIT.fullmatch(value):
        raise ValueError(f"{value!r} is no limit: write 10/minute, or 100 per 2 hours")
    return value


def _checked_collector(address: str) -> str:
    parts = urlsplit(address)
    if address and (parts.scheme not in {"http", "https"} or not parts.hostname):
        raise ValueError("write it as http://HOST:PORT or https://HOST:PORT")
    return address


RateLimit = Annotated[str, AfterValidator(_checked_limit)]


def _default_database(data: dict[str, Any]) -> str:
    return f"sqlite:///{in_url(Path(data['home']).absolute())}/shousi.db"


def _default_broker(data: dict[str, Any]) -> str:
    return f"unix://{in_url(socket_path(Path(data['home'])))}"


class Settings(BaseSettings):
    """Everything that can be set from outside. Frozen: a process reads it once."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        # For providers, which have names: SHOUSI_OIDC__NAME__ISSUER.
        env_nested_delimiter="__",
        # A client's id of digits is text, not a number in JSON.
        enable_decoding=False,
        env_ignore_empty=True,
        frozen=True,
        # Infinity is not a time that a database can store.
        allow_inf_nan=False,
        # A container's secrets are files there: a file can set the variable of the same name.
        secrets_dir=SECRETS if os.access(SECRETS, os.R_OK | os.X_OK) else None,
    )

    home: Path = Field(PROJECT / "var", description="Folder of everything that is stored")
    database_url: str = Field(
        default_factory=_default_database,
        description="sqlite:///PATH or postgresql+psycopg://USER:PASSWORD@HOST/NAME, encrypted "
        "with ?sslmode=verify-full&sslrootcert=FILE",
    )
    broker_url: str = Field(
        default_factory=_default_broker,
        description="redis://:PASSWORD@HOST:PORT/0, rediss:// encrypted, or unix://PATH; by "
        "default the embedded Valkey's socket",
    )
    sandbox: Literal["auto", "namespaces", "landlock", "docker"] = Field(
        "auto", description="How submissions are kept apart from the machine"
    )
    docker_runtime: str = Field("runc", description="The engine's runtime, e.g. runsc for gVisor")
    sandbox_dir: Path | None = Field(
        None, description="Folder with the sockets of fork servers that run already (compose)"
    )
    workers: int = Field(
        default_factory=lambda: os.cpu_count() or 1,
        ge=1,
        description="Judgings of one user at a time; one process more is kept for others",
    )
    parallel_tests: int | None = Field(
        None,
        ge=1,
        description="Tests of one submission that run at once on cores which nobody else needs at "
        "the moment; 1: one after the other",
    )
    worker_labels: str = Field(
        "",
        description="Labels of this host, e.g. torch,gpu: its worker also judges the problems that "
        "require them",
    )
    host: str = Field("127.0.0.1", description="Address that the web server binds")
    port: int = Field(8000, ge=1, le=65535, description="Port of the web server")
    api_processes: int | None = Field(
        None, ge=1, le=64, description="Processes of the web server, which share its port"
    )
    trusted_proxies: str = Field(
        "",
        description="Addresses of the proxies in front, comma-separated: their X-Forwarded-For and "
        "X-Forwarded-Proto are believed, nobody else's",
    )
    otlp_endpoint: Annotated[str, AfterValidator(_checked_collector)] = Field(
        "",
        description="Address of an OpenTelemetry collector (OTLP over HTTP, such as "
        "http://127.0.0.1:4318) to which workers send a trace of each submission; none if empty",
    )
    metrics_token: str | None = Field(
        None, description="Bearer token with which Prometheus reads /metrics", repr=False
    )
    admin_password: str | None = Field(
        None, description="At first start, makes user `admin` with this password", repr=False
    )
    signup_open: bool = Field(True, description="Whether anybody may make an account")
    guests: bool = Field(
        True, description="Whether people may submit without an account, where sign-up is open"
    )
    oidc: dict[str, Provider] = Field(
        default_factory=dict,
        description="Providers of single sign-on, each by a name of its own: "
        "SHOUSI_OIDC__NAME__ISSUER, __CLIENT_ID, __CLIENT_SECRET, __LABEL (what its button says) "
        "and __DOMAINS (of the addresses that it may speak for)",
    )
    limit_single_sign_on: RateLimit = Field(
        "300/minute",
        description="Steps of sign-ins by a provider from one address; a sign-in has two",
    )
    limit_sign_in: RateLimit = Field(
        "10/minute", description="Wrong passwords for one name from one address"
    )
    limit_sign_in_name: RateLimit = Field(
        "200/hour", description="Wrong passwords for one name from addresses new to it"
    )
    limit_sign_in_address: RateLimit = Field(
        "100/minute", description="Wrong passwords from one address"
    )
    limit_sign_up: RateLimit = Field("120/hour", description="New accounts from one address")
    limit_submit: RateLimit = Field("300/minute", description="Submissions and runs of one user")
    limit_submit_address: RateLimit = Field(
        "3000/minute", description="Submissions and runs from one address"
    )
    limit_guests: RateLimit = Field("60/hour", description="New guests from one address")
    limit_submit_guests: RateLimit = Field(
        "60/minute", description="Submissions and runs of guests from one address"
    )
    max_pending: int = Field(
        200, ge=1, description="Submissions and runs of one user that may wait at a time"
    )
    limit_batch: RateLimit = Field(
        "3000/hour", description="Sources that one user sends in batches"
    )
    max_pending_batch: int = Field(
        500, ge=1, description="Sources of one user's batches that may wait at a time"
    )
    batch_limit_bytes: int = Field(
        1048576, ge=1, description="Most bytes that the sources of one batch have together"
    )
    runner_python: Path = Field(
        PROJECT / ".venv-runner" / "bin" / "python",
        description="Python with torch, numpy and einops, run inside the jail only",
    )
    torch_index: str | None = Field(
        None, description="Package index that set-up takes torch from; by default PyTorch's own"
    )
    source_limit_bytes: int = Field(65536, ge=1, description="Longest source and own input")
    upload_limit_bytes: int = Field(67108864, ge=1, description="Largest package that is uploaded")
    lease_s: float = Field(
        30.0, gt=0, description="Silence (s) after which a worker loses its judging"
    )
    max_attempts: int = Field(3, ge=1, description="Attempts at one judging before it is JE")
    reconcile_s: float = Field(2.0, gt=0, description="Pause between the reconciler's rounds")
    stale_s: float = Field(
        10.0, gt=0, description="A queued judging older than this has its message sent again"
    )
    stale_per_queued_s: float = Field(
        0.02, ge=0, description="What each judging in the same queue adds to stale_s"
    )
    retime_after_s: float = Field(
        5.0, ge=0, description="Rest after which accepted submissions are timed again; 0: never"
    )
    events_kept_days: float = Field(
        30.0, ge=0, description="Age at which finished submissions' events are deleted; 0: never"
    )
    runs_kept_days: float = Field(
        0.0, ge=0, description="Age at which finished runs are deleted; 0: never"
    )
    batches_kept_days: float = Field(
        30.0, ge=0, description="Age at which finished sources of batches are deleted; 0: never"
    )
    audit_kept_days: float = Field(
        0.0, ge=0, description="Age at which what admins did is deleted from the log; 0: never"
    )
    problems: Path = Field(
        PROJECT / "problems",
        description="Folder of the problem packages that `shousi serve` installs at its start",
    )
    interviews: Path = Field(
        PROJECT / "interviews",
        description="Folder of the mock interviews that `shousi serve` installs at its start",
    )
    run_mutants: bool = Field(
        True,
        description="Whether mutants are run when nobody waits, to find out the known mistakes",
    )
    webhook_networks: str = Field(
        "",
        description="Networks of your own that webhooks may go to, e.g. 10.1.0.0/16; else only "
        "public addresses",
    )
    webhook_loopback: bool = Field(
        False, description="Whether webhooks may go to this machine, also by http: for trying them"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least important line that is logged"
    )

    @field_validator("*")
    @classmethod
    def _can_be_stored(cls, value: object) -> object:
        if isinstance(value, int) and value > _MOST:
            raise ValueError(f"Input should be at most {_MOST}")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_proxies(cls, value: str) -> str:
        # The server takes what is no address for a name, which no client has: without a complaint
        # all users would share the address of the proxy.
        for word in words_in(value) if value != "*" else ():
            ipaddress.ip_network(word)
        return value

    @field_validator("worker_labels")
    @classmethod
    def _are_labels(cls, value: str) -> str:
        parse_labels(words_in(value))
        return value

    @field_validator("webhook_networks")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        parse_networks(value)
        return value

    @property
    def webhook_rules(self) -> Rules:
        """The addresses that webhooks may go to."""
        return Rules(parse_networks(self.webhook_networks), self.webhook_loopback)

    @field_validator("oidc", mode="before")
    @classmethod
    def _with_secrets(cls, value: object) -> object:
        # One variable may hold all providers; it is decoded here, because decoding is disabled.
        given = json.loads(value) if isinstance(value, str) else value
        folder = cls.model_config.get("secrets_dir")
        if not isinstance(given, dict) or not isinstance(folder, Path):
            return given
        # The library reads either files for whole settings, or every file in the folder, even those
        # that are not for us.
        found = dict(given)
        for name, one in given.items():
            file = folder / f"shousi_oidc__{name}__client_secret"
            if isinstance(one, dict) and "client_secret" not in one and file.exists():
                found[name] = {**one, "client_secret": file.read_text().strip()}
        return found

    @field_validator("oidc")
    @classmethod
    def _are_named(cls, value: dict[str, Provider]) -> dict[str, Provider]:
        for name in value:
            # The name is part of addresses.
            if not PROVIDER_NAME.fullmatch(name):
                raise ValueError(
                    f"{name!r} is no name of a provider: use small letters, digits, _ and -"
                )
        return value

    def __hash__(self) -> int:
        # Some caches use settings as a key. Providers are in a dictionary, which has no hash;
        # settings that differ only in them have the same hash, but are not equal.
        return hash((self.home, self.database_url, self.broker_url))

    @property
    def labels(self) -> frozenset[str]:
        """The labels of this host's worker."""
        return parse_labels(words_in(self.worker_labels))

    @property
    def guests_open(self) -> bool:
        """Whether people may become guests now."""
        return self.guests and self.signup_open


def without_password(url: str) -> str:
    """`url` as it may be shown: `***` replaces the password in `scheme://user:password@`, up to the
    last `@`, and those in the query."""
    shown = re.sub(r"(://[^:/@]*):.*@", r"\1:***@", url)
    return re.sub(r"(?i)([?&][^=&]*password[^=&]*=)[^&]*", r"\1***", shown)


def unknown_variables(given: Iterable[str]) -> dict[str, str]:
    """Those of the names that look like settings and are none, each with the setting that was
    perhaps meant, else an empty text. They have no effect: a misspelt one that should close the
    sign-up leaves it open."""
    known = [f"{_PREFIX}{name.upper()}" for name in Settings.model_fields]
    found: dict[str, str] = {}
    for name in map(str.upper, given):
        # The names of providers are checked with their settings.
        is_known = name in known or name.startswith("SHOUSI_OIDC__") or _NO_SETTING.fullmatch(name)
        if name.startswith(_PREFIX) and not is_known:
            found[name] = next(iter(get_close_matches(name, known, 1, 0.85)), "")
    return found


def names_given() -> list[str]:
    """The names of all variables, and of all secrets that are files."""
    folder = Settings.model_config.get("secrets_dir")
    files = folder.iterdir() if isinstance(folder, Path) else ()
    return [*os.environ, *(file.name for file in files)]


@cache
def get_settings() -> Settings:
    """The process's settings, read from the environment at the first call.

    Raises ShousiError, in one line, for the first value that is invalid or secret that can't be
    read.
    """
    try:
        with warnings.catch_warnings():
            # If a secret is no file, as when an engine mounts one that doesn't exist, the library
            # only warns: the service would start without the secret.
            warnings.simplefilter("error", UserWarning)
            return Settings()
    except (OSError, UserWarning) as error:
        raise ShousiError(f"A secret can't be read: {error}") from error
    except SettingsError as error:
        # Only the library's text names the setting.
        name = str(error).partition('field "')[2].partition('"')[0].upper()
        raise ShousiError(f"SHOUSI_{name} can't be read: {error.__cause__}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        # For a provider, two parts follow the setting's own name.
        name = "__".join(map(str, first["loc"])).upper()
        why = first["msg"].removeprefix("Value error, ")
        raise ShousiError(f"SHOUSI_{name}: {why}") from error
