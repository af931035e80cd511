"""Where the service keeps what no submission may see."""

from pathlib import Path

from sqlalchemy.engine import make_url

from judge.settings import Settings


def private_folders(settings: Settings) -> tuple[Path, ...]:
    """The folders of everything that is kept; the checkout is never shown in a jail anyway."""
    folders = [settings.home.absolute()]
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        folders.append(Path(url.database).absolute().parent)
    return tuple(folders)
