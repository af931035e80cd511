"""Where the service keeps what no submission may see."""

from pathlib import Path
from urllib.parse import unquote

from judge.settings import PROJECT, Settings


def private_folders(settings: Settings) -> tuple[Path, ...]:
    """The folders of everything that is kept, and of packages, whose answers are secret. The
    checkout is left out: no jail shows it anyway."""
    folders = [settings.home.absolute()]
    # As SQLAlchemy reads it, which takes long to load: who verifies a package opens no database.
    dialect, _, place = settings.database_url.partition("://")
    database = unquote(place.partition("/")[2].partition("?")[0])
    if dialect.partition("+")[0] == "sqlite" and database not in ("", ":memory:"):
        folders.append(Path(database).absolute().parent)
    packages = settings.problems.absolute()
    if not packages.is_relative_to(PROJECT):
        folders.append(packages)
    return tuple(folders)
