"""Statements: found, and Markdown made into HTML that a page can show as it is.

Markdown is CommonMark with tables, footnotes and `$`/`$$` math, as the format's Markdown is.
Math becomes MathML here, once, so that pages need no script for it. Everything then passes an
allow-list: whatever an author (or a stranger's package) writes, no script, event handler, style,
foreign address of an image or unknown scheme of a link comes out.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import PurePosixPath

import nh3
from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin

from judge.problem_package.complaints import Complaints
from judge.problem_package.format import FormatVersion
from judge.problem_package.yaml_files import decode_text

_FILE = re.compile(r"problem(?:\.([a-z]{2,3}(?:-[A-Z]{2})?))?\.(md|tex|pdf)")
_TEX_NAME = re.compile(r"\\problemname\{([^{}\\$]+)\}")
_IMAGE_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
_MAX_IMAGE_BYTES = 512 << 10
_SAMPLE_MARK = re.compile(r"\{\{(nextsample|remainingsamples)\}\}")
"""Where the format lets an author place samples; our pages show them after the statement."""

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
    "img": {"src", "alt", "title"},
    "th": {"align"},
    "td": {"align"},
    "ol": {"start", "class"},
    "li": {"id", "class"},
    "sup": {"class"},
    "section": {"class"},
    "code": {"class"},
    "math": {"display", "xmlns"},
}
_CLASSES = re.compile(
    r"language-[\w+-]{1,32}|footnotes?|footnotes-list|footnote-(item|ref|backref)"
)
_FOOTNOTE_ID = re.compile(r"fn(ref)?[\w:-]{1,40}")
_DATA_IMAGE = re.compile(r"data:image/(png|jpeg);base64,[A-Za-z0-9+/=]+")


@dataclass(frozen=True, slots=True)
class Statements:
    """`texts` is Markdown by language tag; `images` is by file name. `files` are statements in
    LaTeX and PDF, to be downloaded; `names` is what they call the problem, by language tag."""

    texts: Mapping[str, str]
    images: Mapping[str, bytes]
    files: Mapping[str, bytes]
    names: Mapping[str, str]


def read_statements(
    files: Mapping[str, bytes], slug: str, version: FormatVersion, complaints: Complaints
) -> Statements:
    """Find the statements and their images, and see that each can be shown.

    A language that has only LaTeX or PDF gets a text that leads to the file.
    """
    folder = version.statement_folder
    texts = _markdown(files, folder, version, complaints)
    kept: dict[str, bytes] = {}
    names: dict[str, str] = {}
    for path, tag in _other_statements(files, folder):
        name = path.rpartition("/")[2]
        kept[name] = files[path]
        found = _TEX_NAME.search(files[path].decode("utf-8", "replace"))
        if found and name.endswith(".tex"):
            names.setdefault(tag, found.group(1).strip())
        texts.setdefault(tag, _leads_to(slug, name))
    if not texts and not complaints.about(folder):  # one that can't be read is complained of
        message = f"no statement in Markdown; add e.g. `{folder}/problem.en.md`"
        complaints.add(folder, message)
    return Statements(texts, _images(files, folder), kept, names)


def _markdown(
    files: Mapping[str, bytes], folder: str, version: FormatVersion, complaints: Complaints
) -> dict[str, str]:
    """The statements in Markdown, by language tag."""
    texts: dict[str, str] = {}
    images = _images(files, folder)
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
    return texts


def _other_statements(files: Mapping[str, bytes], folder: str) -> list[tuple[str, str]]:
    """The statements in LaTeX and PDF: path and language tag."""
    found = []
    for path in files:
        place, _, name = path.rpartition("/")
        match = _FILE.fullmatch(name)
        if place == folder and match and match.group(2) != "md":
            found.append((path, match.group(1) or "en"))
    return found


def _leads_to(slug: str, name: str) -> str:
    return f"[{name}](/api/v1/problems/{slug}/files/{name})\n"


def render(markdown: str, images: Mapping[str, bytes] | None = None) -> str:
    """Markdown -> safe HTML with MathML. Images given by name are put into the page itself."""
    html = _parser().render(_SAMPLE_MARK.sub("", markdown), {"images": images or {}})
    return nh3.clean(
        html,
        tags={*_TAGS.split(), *_MATH_TAGS.split()},
        attributes=_attributes(),
        attribute_filter=_allowed_value,
        url_schemes={"http", "https", "mailto", "data"},
        clean_content_tags={"script", "style", "iframe", "template", "noscript"},
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


def _attributes() -> dict[str, set[str]]:
    return {tag: set(_MATH_ATTRIBUTES.split()) for tag in _MATH_TAGS.split()} | _ATTRIBUTES


def math(latex: str, *, display: bool) -> str:
    """LaTeX -> MathML. Raises ValueError where it can't be converted."""
    try:
        mathml = convert(latex, display="block" if display else "inline")
    except Exception as error:
        # The converter lets whatever befell it through, StopIteration and IndexError included.
        raise ValueError(f"can't convert `{latex.strip()}`: {type(error).__name__}") from error
    if unknown := re.search(r"\\(?:[A-Za-z]+|.)", mathml):  # it hands on what it doesn't know
        raise ValueError(f"can't convert `{unknown.group()}` in `{latex.strip()}`")
    return mathml


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark")
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005 - nh3 judges it
    parser.enable(["table", "strikethrough"])
    parser.use(footnote_plugin)
    parser.use(dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True)
    parser.add_render_rule("math_inline", _render_inline)
    parser.add_render_rule("math_inline_double", _render_block)
    parser.add_render_rule("math_block", _render_block)
    parser.add_render_rule("image", _render_image)
    return parser


def _render_inline(_self: object, tokens: list, index: int, *_rest: object) -> str:  # type: ignore[type-arg]
    return _math_or_source(tokens[index].content, display=False)


def _render_block(_self: object, tokens: list, index: int, *_rest: object) -> str:  # type: ignore[type-arg]
    return _math_or_source(tokens[index].content, display=True)


def _math_or_source(latex: str, *, display: bool) -> str:
    try:
        return math(latex, display=display)
    except ValueError:  # `load` has complained; text that slipped through is still readable
        return f"<code>{escape(latex)}</code>"


def _render_image(self: object, tokens: list, index: int, *rest: object) -> str:  # type: ignore[type-arg]
    del self
    token = tokens[index]
    env = rest[1]
    assert isinstance(env, dict)
    name = str(token.attrs.get("src", ""))
    content = env["images"].get(name)
    alt = escape("".join(child.content for child in token.children or ()))
    if content is None:
        return alt
    kind = _IMAGE_TYPES[PurePosixPath(name).suffix.lower()]
    return f'<img src="data:{kind};base64,{base64.b64encode(content).decode()}" alt="{alt}">'


def _allowed_value(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "class":
        return value if all(_CLASSES.fullmatch(word) for word in value.split()) else None
    if attribute == "id":
        return value if _FOOTNOTE_ID.fullmatch(value) else None
    if attribute == "src":
        return value if _DATA_IMAGE.fullmatch(value) else None
    if attribute == "href" and value.strip().lower().startswith("data:"):
        return None
    del tag
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


def _images(files: Mapping[str, bytes], folder: str) -> dict[str, bytes]:
    found = {}
    for path, content in files.items():
        place, _, name = path.rpartition("/")
        suffix = PurePosixPath(name).suffix.lower()
        if place == folder and suffix in _IMAGE_TYPES and len(content) <= _MAX_IMAGE_BYTES:
            found[name] = content
    return found


def _check_math(path: str, text: str, complaints: Complaints) -> None:
    for token in _parser().parse(text):
        line = token.map[0] + 1 if token.map else None
        for part in (token, *(token.children or ())):
            if part.type.startswith("math_"):
                try:
                    math(part.content, display=False)
                except ValueError as error:
                    complaints.add(path, f"math: {error}", line)


def _check_images(
    path: str, text: str, images: Mapping[str, bytes], complaints: Complaints
) -> None:
    for token in _parser().parse(text):
        line = token.map[0] + 1 if token.map else None
        for part in token.children or ():
            source = str(part.attrs.get("src", ""))
            if part.type == "image" and source not in images:
                message = (
                    f"the image `{source}` is no .png or .jpg of at most "
                    f"{_MAX_IMAGE_BYTES >> 10} KiB beside the statement"
                )
                complaints.add(path, message, line)
