"""The torch packages' data against their generators. `tests/packages` judges their submissions."""

import shutil
from pathlib import Path

import pytest

from tests.support.torch_runner import ROOT, run_scripts

PACKAGES = [
    "multiheadattention",
    "loralinear",
    "lorainit",
    "videomask",
    "visualabstractor",
    "llavaprojector",
    "patchembed",
    "sparsevideoattention",
    "rmsnorm",
    "layernormbackward",
    "crossentropy",
    "swiglu",
    "causalattention",
    "groupedqueryattention",
    "rotaryembedding",
    "kvcache",
    "slidingwindowattention",
    "alibi",
    "sinusoidalpositions",
    "adamwstep",
    "cosineschedule",
    "linearattention",
    "dpoloss",
    "grpoloss",
    "clipcontrastive",
    "topksampling",
    "pixelshuffle",
    "flashattention",
    "posembedinterpolation",
    "moerouting",
    "prenormblock",
    "mrope",
    "dora",
    "int8lora",
    "mergeadapters",
    "beamsearch",
    "flashbackward",
    "temporalquerytokens",
]


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder `problems` with what the generators write."""
    folder = tmp_path_factory.mktemp("generated") / "problems"
    for slug in PACKAGES:
        shutil.copytree(ROOT / "problems" / slug / "generators", folder / slug / "generators")
    run_scripts(*(folder / slug / "generators/generate.py" for slug in PACKAGES))
    return folder


@pytest.mark.parametrize("slug", PACKAGES)
def test_the_generator_writes_the_data_byte_for_byte(slug: str, generated: Path) -> None:
    copy, package = generated / slug, ROOT / "problems" / slug
    written = {path.relative_to(copy): path.read_bytes() for path in copy.glob("data/*/*.*")}
    assert written == {
        path.relative_to(package): path.read_bytes() for path in package.glob("data/*/*.*")
    }
