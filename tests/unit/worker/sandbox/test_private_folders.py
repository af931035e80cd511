"""Which folders are hidden from submissions."""

from pathlib import Path

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
