"""Lists as people write them in a setting."""


def words_in(listed: str) -> list[str]:
    """The words of a list that is separated by commas, without the spaces around them; empty ones
    are left out."""
    return [word for each in listed.split(",") if (word := each.strip())]
