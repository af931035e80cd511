"""Stylesheets, scripts and pictures of the pages, each read once per process.

Their addresses contain a hash of all files, so that browsers may cache them for good and files of
two versions don't mix. One hash for all files lets a stylesheet use relative addresses.

While a release replaces another one, a browser may ask a process for the files of a page that a
process of the other release has drawn. It then gets this release's files, and doesn't keep them;
see `docs/decisions/0055-another-releases-page-gets-this-ones-files.md`.
"""

import gzip
import hashlib
import mimetypes
import re
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.accepting import weights
from judge.errors import NotFoundError

router = APIRouter(include_in_schema=False)

_FOLDER = Path(__file__).with_name("static")
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".woff2": "font/woff2",
}
_A_VERSION = re.compile(r"[0-9a-f]{16}")
# This is safe because none of our stylesheets has these characters in a string.
_CSS_COMMENT = re.compile(rb"/\*.*?\*/\s*", re.DOTALL)
_CSS_SPACE = re.compile(rb"\s{0,99}([{};])\s{0,99}")


@cache
def _files() -> dict[str, bytes]:
    found = {path.name: path.read_bytes() for path in sorted(_FOLDER.iterdir()) if path.is_file()}
    # Comments and spaces are for developers; browsers get the stylesheets without them.
    return {
        name: _CSS_SPACE.sub(rb"\1", _CSS_COMMENT.sub(b"", content))
        if name.endswith(".css")
        else content
        for name, content in found.items()
    }


@cache
def _version() -> str:
    digest = hashlib.sha256()
    for name, content in _files().items():
        # Lengths and NULs as separators: different files always give different bytes.
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


@cache
def _packed(name: str) -> bytes:
    """The file compressed by gzip; the editor still has a quarter of a megabyte then."""
    # mtime=0 gives the same bytes after each start.
    return gzip.compress(_files()[name], mtime=0)


def static_url(name: str) -> str:
    """Return the address of a file in `static/`. Raises KeyError if there is no such file."""
    # So a misspelt name fails when the page is drawn, and not only in the browser.
    _files()[name]
    return f"/static/{_version()}/{name}"


@router.get("/static/{version}/{name}")
def get_static_file(request: Request, version: str, name: str) -> Response:
    """Return a file, which browsers may cache for a year if `version` is this release's."""
    content = _files().get(name)
    if content is None or _A_VERSION.fullmatch(version) is None:
        raise NotFoundError("There is no such file.")
    suffix = Path(name).suffix
    kind = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    # The address changes with the content, so that it may be kept for good. Another release's may
    # not: the file that it names is a different one, which that release's processes give out.
    kept = "public, max-age=31536000, immutable" if version == _version() else "no-store"
    headers = {
        "Cache-Control": kept,
        "X-Content-Type-Options": "nosniff",
        # If an SVG is opened as a document, it can't run scripts or load anything.
        "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'"
        if suffix == ".svg"
        else "default-src 'none'",
        "Vary": "Accept-Encoding",
    }
    encodings = weights(request.headers.get("accept-encoding", ""))
    # A font is compressed already.
    if suffix != ".woff2" and encodings.get("gzip", encodings.get("*", 0.0)) > 0:
        headers["Content-Encoding"] = "gzip"
        content = _packed(name)
    return Response(content, headers=headers, media_type=kind)
