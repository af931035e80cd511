"""Draw pages: Jinja2 with everything escaped, in the reader's language, under a strict content
security policy.

Only two kinds of HTML are marked safe: statements, which `judge.problem_package.statements` has
sanitised, and markup that our own functions, such as `api.pages.highlighting`, build from escaped
text.
"""

import json
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
        # Statements contain their pictures as data: URLs, an SVG only inside an <img>.
        "img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    # Pages differ by reader, and contain the reader's own data.
    "Cache-Control": "private, no-cache",
    "Vary": "Cookie, Accept-Language",
}
_TEMPLATES = Path(__file__).with_name("templates")


def render(
    request: Request, template: str, /, status_code: int = 200, **context: Any
) -> HTMLResponse:
    """Answer with the page `template`, drawn with `context` and the values that all pages need."""
    answer = HTMLResponse(draw(request, template, **context), status_code, HEADERS)
    remember(request, answer)
    return answer


def draw(request: Request, template: str, /, own_address: str = "", **context: Any) -> str:
    """Draw the HTML of a page, or of a part of one. `own_address` is the page's address, if it
    answers a form that was sent to another address."""
    viewer = getattr(request.state, "viewer", None)
    services: Services = request.app.state.services
    language = language_of(request)
    # The values for the frame of every page; a value in `context` replaces one of these.
    common = {
        "user": None if viewer is None else viewer.user,
        # For an error outside of any page's route, nothing has set the viewer.
        "knows_viewer": hasattr(request.state, "viewer"),
        "theme": theme_of(request),
        # The form for language and theme leads back to this address.
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
    """Whether htmx sent the request; it puts the answer into the page that is open."""
    return request.headers.get("hx-request") == "true"


def _translator(words: NullTranslations) -> Callable[..., Markup]:
    """Return the function that templates call as `_`: it translates a message into one language and
    fills in its values."""
    text_of = cache(lambda message: Markup(words.gettext(message)))  # noqa: S704 messages are ours
    # A page has hundreds of messages without values; caching saves the time to format them.
    complete = cache(lambda message: text_of(message) % {})

    def translate(message: str, /, **values: object) -> Markup:
        text: Markup = text_of(message) % values if values else complete(message)
        return text

    return translate


def _badge_drawer(words: NullTranslations) -> Callable[[str], Markup]:
    """Return a function that draws a verdict's badge; cached, since a list has dozens of them."""

    @cache
    def draw_badge(code: str) -> Markup:
        said = words.gettext(VERDICT_WORDS[Verdict(code)])
        badge = Markup('<b class="v {}" title="{}">{}<span class="sr"> {}</span></b>')
        return badge.format(code.lower(), said, code, said)

    return draw_badge


@dataclass(frozen=True, slots=True)
class _Known:
    """An item to draw, and a key: items with equal keys are drawn alike."""

    key: tuple[object, ...]
    item: object = field(compare=False)


def _keeper(made: Environment, most: int) -> Callable[..., Markup]:
    """Return a function that draws an item by a template, and caches its last `most` results."""

    @lru_cache(maxsize=most)
    def draw_known(template: str, known: _Known) -> Markup:
        html = made.get_template(template).render(item=known.item)
        return Markup(html)  # noqa: S704 the template has escaped it

    def draw_kept(item: object, template: str, *key: object) -> Markup:
        return draw_known(template, _Known(key, item))

    return draw_kept


@cache
def environment(language: str) -> Environment:
    """The templates in one language; StrictUndefined makes a misspelt name an error."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        # Templates are part of the code: a change needs a restart.
        auto_reload=False,
    )
    made.install_gettext_translations(  # type: ignore[attr-defined] # the extension adds it
        translations(language), newstyle=True
    )
    made.globals |= {
        "_": _translator(translations(language)),
        "lang": language,
        # Chinese has a full-width colon, which needs no space after it.
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
        # To be read, where `tojson` is for scripts and writes Chinese as numbers.
        "json": lambda data: json.dumps(data, ensure_ascii=False),
        "picked": lambda texts: ContentLanguage((language,)).pick(texts) or "",
        "verdict": _badge_drawer(translations(language)),
        "cell": draw_cell,
        "cells": row_drawer(draw_cell),
        # Of the fifty lines of a list, nearly all have been drawn before.
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
    """Format a duration in its two largest units."""
    # Another host's clock may be ahead; and less than a hundredth is nothing.
    seconds = max(round(seconds, 2 if seconds < 9.95 else 0), 0)
    if seconds < 60:
        return f"{seconds:.2g} s"
    minutes, hours, days = int(seconds // 60), int(seconds // 3600), int(seconds // 86400)
    if minutes < 60:
        return f"{minutes} min {int(seconds % 60)} s"
    return f"{hours} h {minutes % 60} min" if hours < 24 else f"{days} d {hours % 24} h"


def _clock(seconds: float) -> str:
    """Format the remaining time: `1:05:09`, `05:09`. Rounded up: 00:00 means that it is over."""
    whole = math.ceil(seconds)
    minutes = f"{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"{whole // 3600}:{minutes}" if whole >= 3600 else minutes


def _size(num_bytes: int) -> str:
    """Format a file's size."""
    if num_bytes < 1 << 20:
        # Rounded up: a small file has 1 KiB, not 0.
        return f"{-(-num_bytes // 1024)} KiB"
    return f"{num_bytes / (1 << 20):.1f} MiB"


def _coded(text: str) -> Markup:
    """Escape `text`, and put names between backticks into <code>."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # a backtick without a second one stays as it is
        return escape(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )
