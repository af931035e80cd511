"""A statement as a page shows it: sanitised HTML, its background apart from the rest."""

import re
from dataclasses import dataclass

from markupsafe import Markup

from judge.problems.views import split_background

# The page has a heading of its own; what follows the word says what it is about.
_BACKGROUND = re.compile(r"^<h2>(?:Background|背景)(?:[:：]\s*)?")
# Chinese punctuation, full-width forms, ideographs.
_WIDE = "[\u3000-\u303f\uff00-\uffef\u4e00-\u9fff]"
_LINE_END = re.compile(
    rf"(?<={_WIDE})\n(?=[^<\n]|<code|<math|<em|<strong)|\n(?={_WIDE})",
)
# A formula in a line, and the sign after it, which must not begin the next line.
_FORMULA_END = re.compile(
    r'(<math(?![^>]*"block")[^>]*>(?:(?!</math>).)*</math>[，。；：、）！？,.;:)!?]+)', re.DOTALL
)
# Where line ends must stay.
_VERBATIM = re.compile(r"(<pre>.*?</pre>)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Statement:
    """`background` explains the method and may give things away; it is empty where there is none.
    `tag` is the language's."""

    tag: str
    text: Markup
    background: Markup


def statement_of(tag: str, html: str) -> Statement:
    """A statement out of what `judge.problem_package.statements` has rendered and sanitised."""
    parts = _VERBATIM.split(html)
    shown = "".join(
        # A region that scrolls must take the focus, for those who have no mouse.
        part.replace("<pre>", '<pre tabindex="0">', 1)
        if part.startswith("<pre>")
        # The end of a line of Markdown is no space between Chinese characters.
        else _FORMULA_END.sub(r'<span class="nb">\1</span>', _LINE_END.sub("", part))
        for part in parts
    )
    text, background = split_background(shown)
    # Both are sanitised by the renderer.
    return Statement(
        tag,
        Markup(text),  # noqa: S704
        Markup(_BACKGROUND.sub("<h2>", background)),  # noqa: S704
    )
