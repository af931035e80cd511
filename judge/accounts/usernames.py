"""What a user may be called: names that look different are different, and look like what they are.

A name is normalised (NFKC, so that full-width letters become plain ones), then made only of Latin
letters, digits, Chinese characters and Korean syllables, with `.`, `_` and `-` inside. Letters of
look-alike scripts (Cyrillic, Greek, Kana beside Han), combining marks, control, bidirectional and
invisible characters are refused with that. Uniqueness goes by `name_key`.
"""

import re
import unicodedata

from judge.errors import InvalidError

MAX_NAME_LENGTH = 64
_LIKE_LENGTH = 40

# Digits, Latin letters with accents (not the signs in their midst, U+00D7 and U+00F7), CJK
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
    """What two names must not share: the name, normalised and case-folded."""
    # Case folding can undo the normal form, so that it is made again.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def checked_name(name: str) -> str:
    """`name` as it is stored, or InvalidError(field="name") that says what is wrong with it."""
    stored = unicodedata.normalize("NFKC", name)
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
    """A name that may be taken and is like `wanted`: of an address the part before the `@`, with
    hyphens for what no name has; empty where nothing is left of it."""
    local = unicodedata.normalize("NFKC", wanted[:200]).partition("@")[0]
    runs = re.findall(f"[{_LETTER}._]+", local)
    return "-".join(runs)[:_LIKE_LENGTH].strip("._-")


def is_reserved(name: str) -> bool:
    """Whether the name would pass for the service itself."""
    return name_key(name) in _RESERVED
