"""When two texts of a question look the same to its reader, although they are written otherwise."""

import re
import unicodedata

from judge.problem_package.decimals import decimal

# Full-width letters and digits look like the narrow ones in a list of choices. All of NFKC would go
# too far: it makes 2 of a superscript 2.
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_MATH_OR_CODE = re.compile(r"(\$[^$]*\$|`[^`]*`)")
_AMOUNT = re.compile(
    r"\$?([+-]?(?:[0-9](?:[0-9]|,|\{,\})*(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?)\$?"
    r"(|\s*%|\s[^$`]*)"
)


def looks(text: str) -> str:
    """A form that is equal for texts that look the same; empty if nothing can be seen."""
    composed = unicodedata.normalize("NFC", text).translate(_NARROW)
    seen = " ".join("".join(one for one in composed if unicodedata.category(one) != "Cf").split())
    # 2, 2.0 and $2$ are one number, and 1,024 MiB is 1024 MiB. One with hundreds of digits isn't
    # compared as a number: it may be too large.
    if (amount := _AMOUNT.fullmatch(seen)) and len(amount[1]) <= 100:
        value = decimal(amount[1].replace("{,}", "").replace(",", ""))
        return f"{value} {amount[2].strip().casefold()}"
    # Case matters in math and code only: N and n are two quantities.
    parts = _MATH_OR_CODE.split(seen)
    return "".join(part if number % 2 else part.casefold() for number, part in enumerate(parts))
