"""Finds statements, and turns their Markdown into HTML that a page can show as it is.

Markdown is CommonMark with tables, footnotes and `$`/`$$` math, as the format's Markdown is.
Math becomes MathML here, once, so that pages need no script for it. Everything then passes an
allow-list: whatever an author (or a stranger's package) writes, the HTML has no script, event
handler, style, external image or link of an unknown scheme.
"""

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from html import escape, unescape
from urllib.parse import unquote

import nh3
from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin

from judge.problem_package.complaints import Complaints
from judge.problem_package.format import FormatVersion
from judge.problem_package.pictures import (
    MOST_BYTES,
    PictureError,
    check_picture,
    pictures,
    type_of,
)
from judge.problem_package.tex_names import tex_name
from judge.problem_package.yaml_files import decode_text

# `problem.md`, `problem.en.md`, `problem.zh-CN.tex`, `problem.pdf`.
_FILE = re.compile(r"problem(?:\.([a-z]{2,3}(?:-[A-Z]{2})?))?\.(md|tex|pdf)")
# An HTML image tag in Markdown: the quote, then the source up to the same quote.
_HTML_IMAGE = re.compile(r"<img\b[^>]*?\ssrc\s*=\s*(['\"])(.*?)\1", re.IGNORECASE | re.DOTALL)
_SAMPLE_MARK = re.compile(r"\{\{(nextsample|remainingsamples)\}\}")
"""Marks where an author places samples; our pages show them after the statement."""

_MATH_TAGS = """
    math mrow mi mn mo ms mtext mspace msup msub msubsup mfrac msqrt mroot mover munder
    munderover mtable mtr mtd mstyle mpadded mphantom menclose mfenced mmultiscripts
    mprescripts none
"""
_TAGS = """
    p h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code em strong del a img hr br table thead
    tbody tr th td sup sub section
"""
_MATH_ATTRIBUTES = """
    display mathvariant stretchy fence separator form lspace rspace movablelimits linethickness
    columnalign rowspacing columnspacing minsize maxsize accent accentunder width height depth
    notation open close separators
"""
_ATTRIBUTES: dict[str, set[str]] = {
    "a": {"href", "title", "id", "class"},
    "img": {"src", "alt", "title", "width", "height"},
    "th": {"align"},
    "td": {"align"},
    "ol": {"start", "class"},
    "li": {"id", "class"},
    "sup": {"class"},
    "section": {"class"},
    "code": {"class"},
    "math": {"display", "xmlns"},
}
# The classes that Markdown's extensions write; with others a text could imitate the page.
_CLASSES = re.compile(
    r"language-[\w+-]{1,32}|footnotes?|footnotes-list|footnote-(item|ref|backref)"
)
# The ids of footnotes alone, so that a statement can't take an id of the page.
_FOOTNOTE_ID = re.compile(r"fn(ref)?[\w:-]{1,40}")
# `\max_{i}` and the like: the converter puts bounds beside these, but below sums.
_LIMIT = re.compile(
    r"<msub>(<mo>(?:max|min|sup|inf|lim|argmax|argmin)</mo>)"
    # One element: a letter, or a row that holds no other row.
    r"(<m[ion]>[^<]*</m[ion]>|<mrow>(?:(?!</?mrow>).)*</mrow>)</msub>",
    re.DOTALL,
)
_LENGTH = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4})?(px|%)?")
# Images as data in the text itself: no SVG, because only SVG files are checked.
_DATA_IMAGE = re.compile(r"data:image/(png|jpeg);base64,[A-Za-z0-9+/=]+")


@dataclass(frozen=True, slots=True)
class Statements:
    """`texts` is Markdown by language tag; `images` is by file name. `files` are statements in
    LaTeX and PDF, to download; `names` are the problem's names in them, by language tag."""

    texts: Mapping[str, str]
    images: Mapping[str, bytes]
    files: Mapping[str, bytes]
    names: Mapping[str, str]


def read_statements(
    files: Mapping[str, bytes], slug: str, version: FormatVersion, complaints: Complaints
) -> Statements:
    """Find the statements and their images, and check that each can be shown.

    A language with only LaTeX or PDF gets a text that links to the file.
    """
    folder = version.statement_folder
    images = pictures(files, folder)
    texts: dict[str, str] = {}
    for path, content in files.items():
        tag = _language(path, folder, version, complaints)
        text = decode_text(path, content, complaints) if tag else None
        if tag is None or text is None:
            continue
        if tag in texts:
            complaints.add(path, f"a second statement in `{tag}`; keep one")
        texts[tag] = text
        _check_math(path, text, complaints)
        _check_images(path, text, images, complaints)
    kept: dict[str, bytes] = {}
    names: dict[str, str] = {}
    for path in files:  # those in LaTeX and PDF
        place, _, name = path.rpartition("/")
        match = _FILE.fullmatch(name)
        if place != folder or not match or match.group(2) == "md":
            continue
        tag = match.group(1) or "en"
        kept[name] = files[path]
        if name.endswith(".tex") and (said := tex_name(_tex(path, files[path], complaints))):
            names.setdefault(tag, said)
        texts.setdefault(tag, f"[{name}](/api/v1/problems/{slug}/files/{name})\n")
    if not texts and not complaints.about(folder):  # one that can't be read is complained of
        message = f"no statement; add e.g. `{folder}/problem.en.md`"
        # Other judges have it at the package's top.
        if found := next(filter(None, map(_FILE.fullmatch, files)), None):
            right = f"{folder}/problem.{found.group(1) or 'en'}.{found.group(2)}"
            message = f"no statement; move `{found.group()}` to `{right}`"
        complaints.add(folder, message)
    return Statements(texts, images, kept, names)


def _tex(path: str, content: bytes, complaints: Complaints) -> str:
    """A statement in LaTeX. An old one may be in Latin-1, in which every byte is valid; the text is
    only offered for download, so reading it wrongly does no harm."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        complaints.warn(path, "not UTF-8; read as Latin-1. Save it as UTF-8")
        return content.decode("latin-1")


def render(markdown: str, images: Mapping[str, bytes] | None = None) -> str:
    """Markdown -> safe HTML with MathML. Images given by name are embedded in the page."""
    return nh3.clean(
        _parser().render(_SAMPLE_MARK.sub("", markdown), {}),
        tags={*_TAGS.split(), *_MATH_TAGS.split()},
        attributes={tag: set(_MATH_ATTRIBUTES.split()) for tag in _MATH_TAGS.split()} | _ATTRIBUTES,
        attribute_filter=partial(_allowed_value, images or {}),
        url_schemes={"http", "https", "mailto", "data"},
        # The content of these tags is no text, so it is removed with them.
        clean_content_tags={"script", "style", "iframe", "template", "noscript"},
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


def math(latex: str, *, display: bool) -> str:
    """LaTeX -> MathML. Raises ValueError if it can't be converted."""
    try:
        mathml = convert(latex, display="block" if display else "inline")
    except Exception as error:
        # The converter catches none of its own errors, StopIteration and IndexError included.
        raise ValueError(f"can't convert `{latex.strip()}`: {type(error).__name__}") from error
    if unknown := re.search(r"\\(?:[A-Za-z]+|.)", mathml):  # it passes on unknown commands
        raise ValueError(f"can't convert `{unknown.group()}` in `{latex.strip()}`")
    return _LIMIT.sub(r"<munder>\1\2</munder>", mathml) if display else mathml


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark")
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005 - nh3 judges it
    parser.enable(["table", "strikethrough"])
    parser.use(footnote_plugin)
    # `$` beside a blank or a digit is a dollar sign.
    parser.use(dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True)
    parser.add_render_rule("math_inline", _render_inline)
    parser.add_render_rule("math_inline_double", _render_block)
    parser.add_render_rule("math_block", _render_block)
    return parser


def _render_inline(_self: object, tokens: list, index: int, *_rest: object) -> str:  # type: ignore[type-arg]
    return _math_or_source(tokens[index].content, display=False)


def _render_block(_self: object, tokens: list, index: int, *_rest: object) -> str:  # type: ignore[type-arg]
    return _math_or_source(tokens[index].content, display=True)


def _math_or_source(latex: str, *, display: bool) -> str:
    try:
        return math(latex, display=display)
    except ValueError:  # `load` has complained; such a text is still readable
        return f"<code>{escape(latex)}</code>"


def _allowed_value(images: Mapping[str, bytes], tag: str, attribute: str, value: str) -> str | None:
    """The value that an attribute may have in the page. If the source of an image names one of the
    statement's own, in Markdown or HTML, it becomes that image's content."""
    if attribute == "class":
        return value if all(_CLASSES.fullmatch(word) for word in value.split()) else None
    if attribute == "id":
        return value if _FOOTNOTE_ID.fullmatch(value) else None
    if attribute == "src":
        name = unquote(value.removeprefix("./"))
        kind = type_of(name)
        if name not in images or kind is None:
            return value if _DATA_IMAGE.fullmatch(value) else None
        return f"data:{kind};base64,{base64.b64encode(images[name]).decode()}"
    if tag == "img" and attribute in ("width", "height"):
        return value if _LENGTH.fullmatch(value) else None
    # `data:` is for images: as a link it would open a page that the author wrote.
    if attribute == "href" and value.strip().lower().startswith("data:"):
        return None
    return value


def _language(path: str, folder: str, version: FormatVersion, complaints: Complaints) -> str | None:
    """The language tag of a Markdown statement; None for any other file."""
    place, _, name = path.rpartition("/")
    found = _FILE.fullmatch(name)
    if place != folder or not found or found.group(2) != "md":
        return None
    tag = found.group(1)
    if tag is None and version is not FormatVersion.LEGACY:
        complaints.add(path, "name the language, e.g. `problem.en.md`")
        return None
    return tag or "en"


def _check_math(path: str, text: str, complaints: Complaints) -> None:
    for token in _parser().parse(text):
        line = token.map[0] + 1 if token.map else None
        for part in (token, *(token.children or ())):
            if part.type.startswith("math_"):
                try:
                    math(part.content, display=False)
                except ValueError as error:
                    complaints.warn(path, f"math: {error}; it is shown as it is written", line)


def _check_images(
    path: str, text: str, images: Mapping[str, bytes], complaints: Complaints
) -> None:
    folder = path.rpartition("/")[0]
    for source, line in _sources(text):
        name = unquote(source.removeprefix("./"))
        if name not in images:
            most = f"{MOST_BYTES >> 20} MiB"
            message = (
                f"the image `{source}` is no .png, .jpg or .svg of at most {most} in `{folder}/`"
            )
            complaints.add(path, message, line)
            continue
        try:
            check_picture(name, images[name])
        except PictureError as error:
            complaints.add(f"{folder}/{name}", str(error), error.line)


def _sources(text: str) -> Iterator[tuple[str, int | None]]:
    """The images of a statement, in Markdown and in HTML, with their lines."""
    for token in _parser().parse(text):
        line = token.map[0] + 1 if token.map else None
        # A paragraph's images and formulas are its children.
        for part in (token, *(token.children or ())):
            if part.type == "image":
                yield str(part.attrs.get("src", "")), line
            elif part.type in ("html_block", "html_inline"):
                for found in _HTML_IMAGE.finditer(part.content):
                    if not _DATA_IMAGE.fullmatch(found.group(2)):
                        yield unescape(found.group(2)), line
