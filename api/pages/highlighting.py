"""Source code as HTML, with an element for each line, to which a compiler's `file:line` links."""

from markupsafe import Markup, escape
from pygments.lexers import get_lexer_by_name
from pygments.token import Token

# Pygments' names of our languages, where the two differ.
_LEXERS = {"python3": "python", "pytorch": "python", "answers": "yaml"}
_CLASSES = (
    (Token.Comment.PreprocFile, "s"),
    (Token.Comment.Preproc, "k"),
    (Token.Comment, "c"),
    (Token.Literal.String, "s"),
    (Token.Literal.Number, "n1"),
    (Token.Keyword, "k"),
    (Token.Operator.Word, "k"),
    (Token.Name.Function, "fn"),
    (Token.Name.Class, "fn"),
    (Token.Name.Builtin, "fn"),
    (Token.Name.Decorator, "fn"),
)
_LONGEST = 20_000
"""Longer sources are shown without colours: a page has to be drawn within milliseconds."""


def highlighted(source: str, language: str) -> Markup:
    """Return `source` as escaped HTML, with colours by CSS class; line n has the id `Ln`.
    `language` is our id of the language."""
    if len(source) > _LONGEST:
        lines = [escape(line) for line in source.split("\n")]
    else:
        lines = [Markup("")]
        # The lexer must not strip or add lines: line numbers must be those of the compiler.
        lexer = get_lexer_by_name(
            _LEXERS.get(language, language),
            stripnl=False,
            ensurenl=False,
        )
        for kind, text in lexer.get_tokens(source):
            # For Pygments' tokens "in" tests whether `kind` is a subtype of `token`.
            found = (name for token, name in _CLASSES if kind in token)  # type: ignore[comparison-overlap]
            name = next(found, None)
            # A token, such as a comment, may span several lines: each line gets its own <span>.
            for number, part in enumerate(text.split("\n")):
                if number:
                    lines.append(Markup(""))
                if part and name:
                    lines[-1] += Markup('<span class="{}">{}</span>').format(name, part)
                else:
                    lines[-1] += escape(part)
    # Empty lines at the end are left out.
    while len(lines) > 1 and not lines[-1]:
        lines.pop()
    return Markup("").join(
        # An empty line gets a space, so that it has a height.
        Markup('<span class="l" id="L{}">{}</span>').format(number, line or " ")
        for number, line in enumerate(lines, start=1)
    )
