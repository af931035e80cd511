"""A statement as a page shows it: sanitised HTML, its background apart from the rest."""

import re
from dataclasses import dataclass

from markupsafe import Markup

# The heading that the corpus's statements have, in either language.
_BACKGROUND = re.compile(r"<h2>(?:Background|背景)(?:[:：]\s*)?")
# Chinese punctuation, full-width forms, ideographs.
_WIDE = "[\u3000-\u303f\uff00-\uffef\u4e00-\u9fff]"
_LINE_END = re.compile(
    rf"(?<={_WIDE})\n(?=[^<\n]|<code|<math|<em|<strong)|\n(?={_WIDE})",
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
        else _LINE_END.sub("", part)
        for part in parts
    )
    found = _BACKGROUND.search(shown)
    if found is None:
        return Statement(tag, Markup(shown), Markup(""))  # noqa: S704 - sanitised by the renderer
    text, background = shown[: found.start()], "<h2>" + shown[found.end() :]
    return Statement(tag, Markup(text), Markup(background))  # noqa: S704 - as above
