"""Rules for user names, so that no name can be mistaken for another.

A name is normalised (NFKC, so that full-width letters become plain ones). It is made only of Latin
letters, digits, Chinese characters and Korean syllables, with `.`, `_` and `-` inside. This refuses
look-alike scripts (Cyrillic, Greek, Kana beside Han), combining marks, and control, bidirectional
and invisible characters. Two names are the same if their `name_key` is.
"""

import re
import unicodedata

from judge.errors import InvalidError

MAX_NAME_LENGTH = 64
# More characters can't be a name in any form: normalising shortens a text to a quarter at most.
# The time that it takes grows with the square of the length.
_LOOKED_AT = 4 * MAX_NAME_LENGTH
_LIKE_LENGTH = 40

# Digits, Latin letters with accents (without the signs U+00D7 and U+00F7 among them), CJK
# ideographs with extension A, Hangul syllables.
_LETTER = "0-9A-Za-zÀ-ÖØ-öø-ÿ\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
_NAME = re.compile(f"[{_LETTER}](?:[{_LETTER}._-]*[{_LETTER}])?")

_RESERVED = frozenset(
    {
        *("admin", "administrator", "moderator", "official", "root", "security", "shousi"),
        *("staff", "support", "system", "judge", "api", "me"),
        *("all", "anonymous", "everyone", "guest", "nobody", "none", "null", "undefined"),
        *("管理员", "系统", "官方"),
    }
)


def name_key(name: str) -> str:
    """The key that is unique among names: the name, normalised and case-folded. Of a text that is
    too long for a name, the key is that of its beginning, and of no name."""
    # Case folding can undo the normal form, so the name is normalised again.
    normal = unicodedata.normalize("NFKC", name[:_LOOKED_AT]).casefold()
    return unicodedata.normalize("NFKC", normal)


def checked_name(name: str) -> str:
    """Return `name` as it is stored. Raises InvalidError(field="name") with what is wrong."""
    stored = unicodedata.normalize("NFKC", name[:_LOOKED_AT])
    if not stored:
        raise InvalidError("A name must not be empty.", "name")
    if len(stored) > MAX_NAME_LENGTH:
        raise InvalidError(f"A name has at most {MAX_NAME_LENGTH} characters.", "name")
    if not _NAME.fullmatch(stored):
        raise InvalidError(
            "A name is made of Latin letters, digits and Chinese characters, with '.', '_' and "
            "'-' inside.",
            "name",
        )
    return stored


def name_like(wanted: str) -> str:
    """An allowed name like `wanted`; of an address, the part before the `@`. Hyphens replace the
    characters that no name may have. Empty if nothing is left."""
    local = unicodedata.normalize("NFKC", wanted[:200]).partition("@")[0]
    runs = re.findall(f"[{_LETTER}._]+", local)
    return "-".join(runs)[:_LIKE_LENGTH].strip("._-")


def is_reserved(name: str) -> bool:
    """Whether the name could be mistaken for the service itself."""
    return name_key(name) in _RESERVED
