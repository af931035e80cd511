"""Parses lists in settings."""


def words_in(listed: str) -> list[str]:
    """The words of a list that is separated by commas, without spaces around them; empty words are
    left out."""
    return [word for each in listed.split(",") if (word := each.strip())]
