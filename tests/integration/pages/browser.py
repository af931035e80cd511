"""A browser without JavaScript: it keeps cookies, reads pages, fills forms in and sends them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Self

import httpx

from api.auth import COOKIE
from judge.accounts import users
from judge.accounts.users import TokenKind
from tests.integration.api.service import Account, Service


@dataclass
class HtmlForm:
    """A form, with the values that it sends if the user changes nothing."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[HtmlForm] = []
        self.text: list[str] = []
        self._area: str | None = None
        self._select: str | None = None
        self._form = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = True
            self.forms.append(HtmlForm(given.get("action", ""), given.get("method", "get")))
        elif self._form and tag == "input" and given.get("type") not in ("file", "radio"):
            self.forms[-1].fields[given.get("name", "")] = given.get("value", "")
        elif self._form and tag == "select":
            self._select = given["name"]
        elif self._select and tag == "option" and "selected" in given:
            self.forms[-1].fields[self._select] = given["value"]
        elif self._form and tag == "textarea":
            self._area = given["name"]
            self.forms[-1].fields[self._area] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = False
        elif tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self._area:
            # HTML drops a line end right after the tag.
            self.forms[-1].fields[self._area] += data.removeprefix("\n")


@dataclass
class Page:
    """An answer, parsed."""

    answer: httpx.Response
    forms: list[HtmlForm]
    text: str

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def html(self) -> str:
        return self.answer.text

    def form(self, action: str) -> HtmlForm:
        """The form that is sent to `action`."""
        (found,) = [form for form in self.forms if form.action == action][:1]
        return found


class Browser:
    """Follows redirects; `user` is the signed-in user, if `sign_in_as` was called."""

    def __init__(self, url: str, language: str = "en") -> None:
        self.http = httpx.Client(
            base_url=url,
            headers={"Accept": "text/html", "Accept-Language": language},
            timeout=40,
            follow_redirects=True,
            verify=False,
        )
        self.url = url
        self.user = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def sign_in_as(self, service: Service, account: Account) -> None:
        """Sign in by a session that is made directly in the database, because hashing a password
        takes long.
        """
        secret, _ = users.issue_token(service.db, account.id, kind=TokenKind.SESSION)
        self.http.cookies.set(COOKIE, secret)
        self.user = account.name

    def open(self, path: str, **query: str) -> Page:
        """GET."""
        return _page(self.http.get(path, params=query or None))

    def send(self, page: Page, action: str, to: str | None = None, **filled: Any) -> Page:
        """Send the page's form for `action`, with some fields filled in; `to` is a button's own
        address."""
        form = page.form(action)
        data = {**form.fields, **filled}
        headers = {"Origin": self.url}
        return _page(self.http.post(to or form.action, data=data, headers=headers))


def _page(answer: httpx.Response) -> Page:
    parser = _Parser()
    parser.feed(answer.text)
    return Page(answer, parser.forms, " ".join("".join(parser.text).split()))
