"""Replaces a package's symbolic links by their targets, which must be inside the package.

A link may lead to a file, to a folder, or to another link. No link is followed on the disk: links
are resolved among the names that were read, so none can reach anything else. Folders that hold
links to folders could stand for very many files, so the caller's bounds are checked for each.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

_STEPS = 40
"""How many links are followed for one name. Linux has the same limit."""


class LinkError(Exception):
    """A link without a target in the package; the message is the end of a sentence."""


@dataclass(slots=True)
class LinkResolver:
    """`files` are the plain files by path, `links` the targets of the links by path. `count` is
    called with the content of each file that a link stands for; it raises if there are too many.
    """

    files: Mapping[str, bytes]
    links: Mapping[str, str]
    count: Callable[[str, bytes], None]
    _folders: dict[str, list[str]] = field(init=False)

    def __post_init__(self) -> None:
        self._folders = {}
        for name in (*self.files, *self.links):
            parts = name.split("/")
            for depth in range(1, len(parts)):
                self._folders.setdefault("/".join(parts[:depth]), []).append(name)

    def files_of(self, link: str, depth: int = 0) -> Iterator[tuple[str, bytes]]:
        """Yield every file that `link` stands for, with its path below the link.

        Raises LinkError.
        """
        target = self._resolved(link)
        if target in self.files:
            self.count(link, self.files[target])
            yield link, self.files[target]
            return
        members = self._folders.get(target)
        if members is None:
            raise LinkError(f"links to `{target}`, which is no file or folder of the package")
        # A folder that contains a link to itself has no end.
        if f"{link}/".startswith(f"{target}/") or depth > _STEPS:
            raise LinkError(f"links to `{target}`, a folder that contains the link itself")
        for member in members:
            # Links inside a linked folder are resolved too, and put below the outer link.
            rest = member.removeprefix(target)
            if member in self.files:
                self.count(link, self.files[member])
                yield f"{link}{rest}", self.files[member]
            else:
                for path, content in self.files_of(member, depth + 1):
                    yield f"{link}{rest}{path.removeprefix(member)}", content

    def _resolved(self, link: str) -> str:
        """The path that `link` leads to, in which neither the end nor a folder is a link."""
        done: list[str] = []
        # Parts still to be walked; a link's target is put in front of them.
        ahead = link.split("/")
        steps = 0
        while ahead:
            part = ahead.pop(0)
            if part in ("", "."):
                continue
            # `..` after a link leaves the folder that the link leads to, as on Linux.
            if part == "..":
                if not done:
                    raise LinkError(f"links to `{self.links[link]}`, which is outside the package")
                done.pop()
                continue
            path = "/".join((*done, part))
            target = self.links.get(path)
            if target is None:
                done.append(part)
                continue
            steps += 1
            if steps > _STEPS or target.startswith("/") or "\\" in target or "\0" in target:
                where = "itself" if steps > _STEPS else f"`{target}`, which is outside the package"
                raise LinkError(f"links to {where}")
            ahead = [*target.split("/"), *ahead]
        return "/".join(done)
