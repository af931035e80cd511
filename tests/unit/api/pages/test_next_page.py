"""After a form the browser goes to an address of this service, never to another site."""

import pytest

from api.pages.next_page import same_site_path


@pytest.mark.parametrize("path", ["/", "/problems?q=a%20b&tag=x#q", "/users/%E9%99%88", "/a//b"])
def test_a_path_of_ours_is_kept(path: str) -> None:
    assert same_site_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        *("", "problems", "//host", "///host", "/\\host", "/a\\b", "https://host/", "/\n/host"),
        *("/\t/host", "javascript:alert(1)", " /problems", "/a b"),
    ],
)
def test_anything_else_leads_home(path: str) -> None:
    assert same_site_path(path, "/home") == "/home"
