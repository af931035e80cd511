r"""Reads the plain name of a problem from its LaTeX statement.

`\problemname{...}` names it; a name with formatting has a plain one beside it, in a comment
`%% plainproblemname: ...` (legacy, "Problem statements"). Accents and the usual signs are
converted; a name with any other command gives None.
"""

import re
import unicodedata

_PLAIN = re.compile(r"^[ \t]*%+[ \t]*plainproblemname:[ \t]*(\S.*)", re.MULTILINE)
# A comment: from a `%` without a backslash before it.
_COMMENT = re.compile(r"(?<!\\)%.*")
_NAME = re.compile(r"\\problemname\s*\{")
# `\'e`, `\'{e}`, `\v{s}`, `\"\i`: an accent and the letter under it.
_ACCENT = re.compile(
    r"\\([`'^\"~=.]|[uvHcdbkr](?![a-zA-Z]))\s*"
    r"(?:\{\s*\\?([a-zA-Z])\s*\}|\\([ij])(?![a-zA-Z]) ?|([a-zA-Z]))"
)
_FONT = re.compile(r"\\(?:text(?:bf|it|tt|sc|sf|rm)?|emph|mbox|bf|it|tt|em)(?![a-zA-Z])\s*")
_COMBINING = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306",
    ".": "\u0307", '"': "\u0308", "r": "\u030a", "H": "\u030b", "v": "\u030c", "d": "\u0323",
    "c": "\u0327", "k": "\u0328", "b": "\u0331",
}  # fmt: skip
_LETTERS = {
    "aa": "å", "AA": "Å", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "o": "ø", "O": "Ø",
    "ss": "ß", "l": "ł", "L": "Ł", "ldots": "…", "dots": "…", "textendash": "–", "textemdash": "—",
}  # fmt: skip
# `\ss`, `\o{}`, and the blank that ends the command's name; the longest name first.
_LETTER = re.compile(
    rf"\\({'|'.join(sorted(_LETTERS, key=len, reverse=True))})(?![a-zA-Z])(?:\{{\}}| )?"
)
_SIGNS = {"---": "—", "--": "–", "``": "“", "''": "”", "~": " ", "\\,": " ", "\\ ": " "}


def tex_name(text: str) -> str | None:
    """The name of the problem in a LaTeX statement; None if there is no name in plain words."""
    plain = _PLAIN.search(text)
    if plain:
        return plain.group(1).rstrip()
    text = _COMMENT.sub("", text)
    found = _NAME.search(text)
    if not found:
        return None
    name = _ACCENT.sub(_accented, _FONT.sub("", _argument(text, found.end())))
    name = _LETTER.sub(lambda found: _LETTERS[found.group(1)], name)
    for sign, plain_sign in _SIGNS.items():
        name = name.replace(sign, plain_sign)
    name = re.sub(r"\\([&%$#_{}])", lambda found: _HELD[found.group(1)], name)
    name = name.replace("{", "").replace("}", "")
    # A command or a formula is left, so the name's meaning is unknown.
    if re.search(r"[\\$^_]", name):
        return None
    for sign, held in _HELD.items():
        name = name.replace(held, sign)
    return " ".join(name.split()) or None


def _argument(text: str, start: int) -> str:
    """The text between the brace before `start` and the brace that closes it."""
    depth = 1
    for index in range(start, len(text)):
        escaped = text[index - 1] == "\\"
        if text[index] in "{}" and not escaped:
            depth += 1 if text[index] == "{" else -1
        if not depth:
            return text[start:index]
    return ""


_HELD = {sign: chr(0xE000 + number) for number, sign in enumerate("&%$#_{}")}
"""Signs that stand for themselves: meanwhile kept in the private use area, apart from TeX's own."""


def _accented(found: re.Match[str]) -> str:
    letter = found.group(2) or found.group(3) or found.group(4)
    return unicodedata.normalize("NFC", letter + _COMBINING[found.group(1)])
