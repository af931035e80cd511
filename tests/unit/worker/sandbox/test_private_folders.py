"""Which folders are hidden from submissions."""

from pathlib import Path

import pytest
from sqlalchemy import make_url

from judge.settings import PROJECT, Settings
from worker.sandbox.private_folders import private_folders


def test_home_and_the_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/elsewhere/shousi.db"
    settings = Settings(home=tmp_path / "home", database_url=url)
    assert private_folders(settings) == (tmp_path / "home", tmp_path / "elsewhere")


def test_packages_outside_the_checkout(tmp_path: Path) -> None:
    outside = Settings(home=tmp_path, problems=tmp_path / "packages")
    assert tmp_path / "packages" in private_folders(outside)
    inside = Settings(home=tmp_path, problems=PROJECT / "problems")
    assert PROJECT / "problems" not in private_folders(inside)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///data/shousi.db",
        "sqlite:////srv/a folder/shousi.db?timeout=5",
        "sqlite+pysqlite:////srv/half#whole/100%25/shousi.db",
    ],
)
def test_the_database_lies_where_sqlalchemy_finds_it(tmp_path: Path, url: str) -> None:
    found = make_url(url).database
    assert found is not None
    folders = private_folders(Settings(home=tmp_path, database_url=url))
    assert folders == (tmp_path, Path(found).absolute().parent)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "postgresql://a:b@host/name"])
def test_a_database_in_no_folder_hides_none(tmp_path: Path, url: str) -> None:
    assert private_folders(Settings(home=tmp_path, database_url=url)) == (tmp_path,)
