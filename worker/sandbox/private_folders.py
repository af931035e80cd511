"""The service's folders that no submission may see."""

from pathlib import Path
from urllib.parse import unquote

from judge.settings import PROJECT, Settings


def private_folders(settings: Settings) -> tuple[Path, ...]:
    """Return the folders of the service's data, and of packages, whose answers are secret. The
    checkout is left out: no jail shows it anyway."""
    folders = [settings.home.absolute()]
    # Parse the address without SQLAlchemy, which takes long to load: verifying a package needs no
    # database.
    dialect, _, place = settings.database_url.partition("://")
    database = unquote(place.partition("/")[2].partition("?")[0])
    if dialect.partition("+")[0] == "sqlite" and database not in ("", ":memory:"):
        folders.append(Path(database).absolute().parent)
    packages = settings.problems.absolute()
    if not packages.is_relative_to(PROJECT):
        folders.append(packages)
    return tuple(folders)
