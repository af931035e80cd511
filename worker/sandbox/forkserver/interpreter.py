"""The runner's interpreter: the paths of its parts on this machine and in a jail.

A submission sees the folders of its interpreter, in `sys.path` and in tracebacks. They must not
show where on the machine the service is installed, so in a jail they lie below `RUNTIME`, arranged
as an interpreter expects its standard library: relative to the parent of its program's folder.
"""

import json
import os
import subprocess
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from runner.protocol import RUNTIME
from worker.sandbox.base import SandboxError

PROGRAM = f"{RUNTIME}/bin/python3"
_PROBE_TIMEOUT_S = 60.0
# Read the list of shared libraries first: modules load more, and find these by themselves.
_PROBE = """
maps = open("/proc/self/maps").read()
import json, os, sys, sysconfig
print(json.dumps({
    "path": sys.path, "prefix": sys.base_prefix, "program": os.readlink("/proc/self/exe"),
    "loaded": sorted({line.split(None, 5)[5] for line in maps.splitlines() if ".so" in line}),
    "multiarch": sysconfig.get_config_var("MULTIARCH") or "",
}))
"""
_SYSTEM_LIBRARIES = ("/lib64", "/usr/lib64")
_LOADER = "ld-"  # the prefix of dynamic loaders' names


@dataclass(frozen=True, slots=True)
class Interpreter:
    """An interpreter's parts, all by their paths on this machine.

    `modules` are its module folders in the order of `sys.path`, `prefix` is the prefix of its
    standard library; `libraries` are the system's folders of shared libraries; `loaded` are the
    libraries in other folders that `program` needs to start; `loader` is the dynamic loader.
    """

    program: str
    prefix: str
    modules: tuple[str, ...]
    libraries: tuple[str, ...]
    loaded: tuple[str, ...]
    loader: str

    @property
    def folders(self) -> list[str]:
        """All folders from which it reads."""
        return [*self.modules, *self.libraries]

    def places(self) -> dict[str, str]:
        """Return the module folders with their paths in a jail, without folders inside others."""
        real = {os.path.realpath(path): path for path in self.modules if Path(path).is_dir()}
        names = (f"{RUNTIME}/packages{number or ''}" for number in count())
        found = {}
        for source, path in real.items():
            if real.keys() & {str(above) for above in Path(source).parents}:
                continue
            below_prefix = Path(path).is_relative_to(self.prefix)
            inside = f"{RUNTIME}/{os.path.relpath(path, self.prefix)}"
            found[source] = inside if below_prefix else next(names)
        return found

    def files(self) -> dict[str, str]:
        """Return the files for a server's start, by their paths in the jail; children see none."""
        found = {PROGRAM: self.program}
        for library in self.loaded:
            # A program usually names a library by a symbolic link to it.
            for name in Path(library).parent.iterdir():
                if os.path.realpath(name) == os.path.realpath(library):
                    found[f"{RUNTIME}/lib/{name.name}"] = os.path.realpath(library)
        return found

    def search_path(self) -> tuple[str, ...]:
        """Return the paths of `modules` in a jail."""
        places = self.places()
        return tuple(
            place + source.removeprefix(above)
            for source in map(os.path.realpath, self.modules)
            for above, place in places.items()
            if Path(source).is_relative_to(above)
        )


def find_interpreter(python: str) -> Interpreter:
    """Ask the interpreter `python` for its parts; it may be a link or a script that starts another.

    Raises SandboxError if it can't be run.
    """
    command = [python, "-I", "-B", "-c", _PROBE]
    try:
        done = subprocess.run(command, capture_output=True, check=True, timeout=_PROBE_TIMEOUT_S)
        found = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise SandboxError(f"the runner's interpreter {python} can't be run: {error}") from error
    machine = f"/{found['multiarch']}" if found["multiarch"] else ""
    standard = [*_SYSTEM_LIBRARIES, f"/lib{machine}", f"/usr/lib{machine}"]
    modules = [path for path in found["path"] if path]
    # Libraries outside all of these folders.
    folders = [os.path.realpath(folder) for folder in (*standard, *modules)]
    elsewhere = [
        path
        for path in found["loaded"]
        if not any(Path(path).is_relative_to(folder) for folder in folders)
    ]
    loader = next((path for path in elsewhere if Path(path).name.startswith(_LOADER)), "")
    return Interpreter(
        program=found["program"],
        prefix=found["prefix"],
        modules=tuple(modules),
        libraries=(*standard, "/usr/local/lib"),
        loaded=tuple(path for path in elsewhere if path != loader),
        loader=loader,
    )
