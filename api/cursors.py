"""Cursors: a cursor says where a page of a list ended. Only this service can make one.

A cursor is signed for the list that it came from: a changed cursor, or one of another list, gets
an error and not a wrong page.
"""

import base64
import binascii
import hmac
import json
from dataclasses import dataclass
from typing import Any

from api import error_types as kinds
from api.errors import ProblemError, field_problem

# 96 bits of the HMAC: enough against guessing, and the cursor stays short.
_TAG_BYTES = 12


@dataclass(frozen=True, slots=True)
class Cursors:
    """Makes and reads cursors with one service's key."""

    key: bytes

    def seal(self, list_: str, place: Any) -> str:
        """Return a cursor for `list_` (its route's path); `place` is any JSON value."""
        # Without spaces: a cursor is part of an address and should be short.
        data = json.dumps(place, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._tag(list_, data) + data).decode().rstrip("=")

    def open(self, list_: str, cursor: str) -> Any:
        """Return the place that `cursor` was made from. Raises ProblemError (422)."""
        try:
            # `seal` leaves out base64's padding; it is put back here.
            packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise _not_ours() from None
        tag, data = packed[:_TAG_BYTES], packed[_TAG_BYTES:]
        if not hmac.compare_digest(tag, self._tag(list_, data)):
            raise _not_ours()
        return json.loads(data)

    def _tag(self, list_: str, data: bytes) -> bytes:
        # The NUL keeps the list's name and the place apart.
        return hmac.digest(self.key, list_.encode() + b"\0" + data, "sha256")[:_TAG_BYTES]


def _not_ours() -> ProblemError:
    return field_problem(
        kinds.INVALID, "cursor", "This cursor is not from this list; send `next` unchanged."
    )
