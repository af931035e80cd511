"""Draws pages: Jinja2 with everything escaped, in the reader's language, under a strict policy.

Nothing is marked safe but statements, which `judge.problem_package.statements` has sanitised, and
what `api.pages.highlighting` and the filter `coded` build of escaped text.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, lru_cache
from gettext import NullTranslations
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from api.content_language import ContentLanguage
from api.form_tokens import FormTokens, remember
from api.pages.catalogues import mark, translations
from api.pages.cells import cell_drawer, row_drawer
from api.pages.diagrams import chart, ruler, times_ruler
from api.pages.error_wording import in_words
from api.pages.next_page import path_in, same_site_path
from api.pages.preferences import LANGUAGES, language_of, theme_of
from api.pages.static_files import static_url
from api.services import Services
from judge.languages import LANGUAGES as PROGRAMMING_LANGUAGES
from judge.verdict import Verdict

VERDICT_WORDS = {
    Verdict.AC: mark("Accepted"),
    Verdict.WA: mark("Wrong answer"),
    Verdict.TLE: mark("Time limit exceeded"),
    Verdict.MLE: mark("Memory limit exceeded"),
    Verdict.OLE: mark("Output limit exceeded"),
    Verdict.RTE: mark("Run-time error"),
    Verdict.CE: mark("Compile error"),
    Verdict.SV: mark("Forbidden system call"),
    Verdict.JE: mark("Judge error"),
}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; "
        # Statements carry their pictures as data, an SVG only inside an <img>.
        "img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    # Pages differ by reader, and hold what is one's own.
    "Cache-Control": "private, no-cache",
    "Vary": "Cookie, Accept-Language",
}
_TEMPLATES = Path(__file__).with_name("templates")


def render(
    request: Request, template: str, /, status_code: int = 200, **context: Any
) -> HTMLResponse:
    """The page `template` with `context`, and with what every page shows of its reader."""
    answer = HTMLResponse(draw(request, template, **context), status_code, HEADERS)
    remember(request, answer)
    return answer


def draw(request: Request, template: str, /, own_address: str = "", **context: Any) -> str:
    """The HTML of a page, or of a part of one. `own_address` is where the page is found whose form
    was sent to another address, which has none."""
    viewer = getattr(request.state, "viewer", None)
    services: Services = request.app.state.services
    language = language_of(request)
    # What every page's frame shows; a page's own values go first.
    common = {
        "user": None if viewer is None else viewer.user,
        # An error outside of any page's route has not looked who asks.
        "knows_viewer": hasattr(request.state, "viewer"),
        "theme": theme_of(request),
        # For the form of language and theme, which leads back here.
        "here": _here(request, own_address),
        "path": request.url.path,
        "form_token": FormTokens(services.form_key).issue(request),
        "signup_open": services.settings.signup_open,
        "guest": viewer is not None and viewer.is_guest,
        "admin": viewer is not None and viewer.is_admin,
    }
    return environment(language).get_template(template).render({**common, **context})


def _here(request: Request, own_address: str) -> str:
    if request.method == "GET":
        return path_in(str(request.url))
    return own_address or same_site_path(path_in(request.headers.get("referer", "")))


def asks_for_part(request: Request) -> bool:
    """Whether a script of ours asks, which puts the answer into the page that is open."""
    return request.headers.get("hx-request") == "true"


def _translator(words: NullTranslations) -> Callable[..., Markup]:
    """What templates call as `_`: the message in one language, with its values filled in."""
    text_of = cache(lambda message: Markup(words.gettext(message)))  # noqa: S704 messages are ours
    # Most have none: a page asks for hundreds of those, and to fill in nothing takes time as well.
    complete = cache(lambda message: text_of(message) % {})

    def translate(message: str, /, **values: object) -> Markup:
        text: Markup = text_of(message) % values if values else complete(message)
        return text

    return translate


def _badge_drawer(words: NullTranslations) -> Callable[[str], Markup]:
    """Draws a verdict's badge, of which a list has dozens, all alike."""

    @cache
    def draw_badge(code: str) -> Markup:
        said = words.gettext(VERDICT_WORDS[Verdict(code)])
        badge = Markup('<b class="v {}" title="{}">{}<span class="sr"> {}</span></b>')
        return badge.format(code.lower(), said, code, said)

    return draw_badge


@dataclass(frozen=True, slots=True)
class _Known:
    """Something to draw, and the key that says all that can change about it."""

    key: tuple[object, ...]
    item: object = field(compare=False)


def _keeper(made: Environment, most: int) -> Callable[..., Markup]:
    """Draws `item` by a template, and keeps what it drew last, `most` of them."""

    @lru_cache(maxsize=most)
    def draw_known(template: str, known: _Known) -> Markup:
        html = made.get_template(template).render(item=known.item)
        return Markup(html)  # noqa: S704 a template's, which escapes

    def draw_kept(item: object, template: str, *key: object) -> Markup:
        return draw_known(template, _Known(key, item))

    return draw_kept


@cache
def environment(language: str) -> Environment:
    """The templates with one language's texts; StrictUndefined makes a misspelt name an error."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        # Templates belong to the code, and change with a restart only.
        auto_reload=False,
    )
    made.install_gettext_translations(  # type: ignore[attr-defined] # the extension adds it
        translations(language), newstyle=True
    )
    made.globals |= {
        "_": _translator(translations(language)),
        "lang": language,
        # Chinese has a sign of its own, with its own space.
        "colon": "：" if language == "zh" else ": ",
        "static": static_url,
        "languages": LANGUAGES,
        "verdict_words": VERDICT_WORDS,
        "language_names": PROGRAMMING_LANGUAGES,
        "ruler": ruler,
        "times_ruler": times_ruler,
        "chart": chart,
    }
    draw_cell = cell_drawer(translations(language))
    made.filters |= {
        "seconds": lambda value: f"{value:.3f} s",
        "mebibytes": lambda value: f"{round(value / (1 << 20), 1):g} MiB",
        "size": _size,
        "coded": _coded,
        "picked": lambda texts: ContentLanguage((language,)).pick(texts) or "",
        "verdict": _badge_drawer(translations(language)),
        "cell": draw_cell,
        "cells": row_drawer(draw_cell),
        # A list has fifty lines, of which nearly all were drawn before.
        "kept": _keeper(made, 8192),
        "kept_table": _keeper(made, 64),
        "error_words": lambda said: in_words(said, language),
        "moment": _moment,
        "span": _span,
        "clock": _clock,
        "day": lambda at: datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d"),
        "iso": lambda at: datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds"),
    }
    return made


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")


def _span(seconds: float) -> str:
    """A length of time in its two largest units."""
    if seconds < 60:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, hours, days = int(seconds // 60), int(seconds // 3600), int(seconds // 86400)
    if minutes < 60:
        return f"{minutes} min {int(seconds % 60)} s"
    return f"{hours} h {minutes % 60} min" if hours < 24 else f"{days} d {hours % 24} h"


def _clock(seconds: float) -> str:
    """What is left, as a clock shows it: `1:05:09`, `05:09`. Rounded up: at 00:00 it is over."""
    whole = math.ceil(seconds)
    minutes = f"{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"{whole // 3600}:{minutes}" if whole >= 3600 else minutes


def _size(num_bytes: int) -> str:
    """How large a file is."""
    if num_bytes < 1 << 20:
        # Rounded up: a small file has 1 KiB, not 0.
        return f"{-(-num_bytes // 1024)} KiB"
    return f"{num_bytes / (1 << 20):.1f} MiB"


def _coded(text: str) -> Markup:
    """`text`, escaped, with names that stand between backticks as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # a single backtick is one
        return escape(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )
