"""Prepare a statement for a page: sanitised HTML, with its background section split off."""

import re
from dataclasses import dataclass

from markupsafe import Markup

from judge.problems.views import split_background

# The page has its own heading "Background"; only the text after this word is kept.
_BACKGROUND = re.compile(r"^<h2>(?:Background|背景)(?:[:：]\s*)?")
# Chinese punctuation, full-width forms, ideographs.
_WIDE = "[\u3000-\u303f\uff00-\uffef\u4e00-\u9fff]"
_LINE_END = re.compile(
    rf"(?<={_WIDE})\n(?=[^<\n]|<code|<math|<em|<strong)|\n(?={_WIDE})",
)
# An inline formula and the punctuation after it, which must not begin the next line.
_FORMULA_END = re.compile(
    r'(<math(?![^>]*"block")[^>]*>(?:(?!</math>).)*</math>[，。；：、）！？,.;:)!?]+)', re.DOTALL
)
# Preformatted text, where line ends must stay.
_VERBATIM = re.compile(r"(<pre>.*?</pre>)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement. `background` explains the method and may reveal the solution; it is empty if
    there is none. `tag` is the language tag."""

    tag: str
    text: Markup
    background: Markup


def statement_of(tag: str, html: str) -> Statement:
    """Build a statement from the HTML that `judge.problem_package.statements` has sanitised."""
    parts = _VERBATIM.split(html)
    shown = "".join(
        # A scrolling region must be focusable, so that the keyboard can scroll it.
        part.replace("<pre>", '<pre tabindex="0">', 1)
        if part.startswith("<pre>")
        # Between Chinese characters, a line end of the Markdown must not become a space.
        else _FORMULA_END.sub(r'<span class="nb">\1</span>', _LINE_END.sub("", part))
        for part in parts
    )
    text, background = split_background(shown)
    # The renderer has sanitised both.
    return Statement(
        tag,
        Markup(text),  # noqa: S704
        Markup(_BACKGROUND.sub("<h2>", background)),  # noqa: S704
    )
