"""Addresses that are handed out to people."""

SIGN_IN_PATH = "/sign-in"


def sign_in_link(url: str, word: str) -> str:
    """The address at which `word`, made by `issue_link`, signs in at the service at `url`."""
    return f"{url}{SIGN_IN_PATH}?link={word}"
