"""The torch packages' data against their generators. `tests/packages` judges their submissions."""

import shutil
from pathlib import Path

import pytest

from tests.support.torch_runner import ROOT, run_in_torch

PACKAGES = [
    "multiheadattention",
    "loralinear",
    "lorainit",
    "videomask",
    "visualabstractor",
    "llavaprojector",
    "patchembed",
    "sparsevideoattention",
]
# Each in a fork, so that torch is imported once; what the script's folder holds can be imported.
RUN_ALL = """
import os, runpy, sys
from pathlib import Path
import torch
for script in sys.argv[1:]:
    if os.fork() == 0:
        sys.argv[:] = [script]
        sys.path[0] = str(Path(script).parent)
        runpy.run_path(script, run_name="__main__")
        sys.stdout.flush()
        os._exit(0)
    if os.wait()[1]:
        sys.exit(f"{script} failed")
"""


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder `problems` with what the generators write."""
    folder = tmp_path_factory.mktemp("generated") / "problems"
    for slug in PACKAGES:
        shutil.copytree(ROOT / "problems" / slug / "generators", folder / slug / "generators")
    run_in_torch("-c", RUN_ALL, *(folder / slug / "generators/generate.py" for slug in PACKAGES))
    return folder


@pytest.mark.parametrize("slug", PACKAGES)
def test_the_generator_writes_the_data_byte_for_byte(slug: str, generated: Path) -> None:
    copy, package = generated / slug, ROOT / "problems" / slug
    written = {path.relative_to(copy): path.read_bytes() for path in copy.glob("data/*/*.*")}
    assert written == {
        path.relative_to(package): path.read_bytes() for path in package.glob("data/*/*.*")
    }
