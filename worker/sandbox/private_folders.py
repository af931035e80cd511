"""Where the service keeps what no submission may see."""

from pathlib import Path

from sqlalchemy.engine import make_url

from judge.settings import PROJECT, Settings


def private_folders(settings: Settings) -> tuple[Path, ...]:
    """The folders of everything that is kept, and of packages, whose answers are secret. The
    checkout is left out: no jail shows it anyway."""
    folders = [settings.home.absolute()]
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        folders.append(Path(url.database).absolute().parent)
    packages = settings.problems.absolute()
    if not packages.is_relative_to(PROJECT):
        folders.append(packages)
    return tuple(folders)
