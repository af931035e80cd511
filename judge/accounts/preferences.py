"""How a user wants the pages to look: theme and language, stored with the account."""

from collections.abc import Mapping
from enum import StrEnum

from judge.accounts.users import User, user_of
from judge.db import models
from judge.db.session import Database


class Theme(StrEnum):
    """Light or dark; `auto` follows the reader's system."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


class PageLanguage(StrEnum):
    """The languages that the pages are in."""

    EN = "en"
    ZH = "zh"


def change_preferences(
    db: Database,
    user_id: str,
    chosen: Mapping[str, Theme | PageLanguage | None],
) -> User:
    """Store the choices of `theme` and `language` in `chosen`; None deletes a choice. Raises
    UnavailableError."""
    with db.write() as session:
        row = session.get_one(models.User, user_id)
        for name, value in chosen.items():
            setattr(row, name, value)
        session.flush()
        return user_of(row)
