"""Makes the pages' mathematical font, a subset of STIX Two Math, for `make math-font`.

A browser needs a font with a MATH table to draw fractions, roots and large brackets well. So the
pages bring one: the characters of STIX Two Math (SIL Open Font License 1.1) that formulas use,
under another name, which the licence requires of changed versions. npm fetches the font, and its
hash is checked; the same font and the same `requirements/font.txt` give the same bytes. With
`--check` nothing is written, and a difference is an error.
"""

import argparse
import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
from itertools import chain
from pathlib import Path

import environments  # type: ignore[import-not-found] # beside this script

ROOT = environments.ROOT
FONT = ROOT / "api" / "pages" / "static" / "shousi-math.woff2"
LICENCE = ROOT / "api" / "pages" / "vendored" / "stix-two-math.LICENSE.txt"
PACKAGE = "@fontsource/stix-two-math@5.3.0"
PACKAGE_SHA256 = "948de1b5470fbbd745fedbe6135797454fe833d94feecc6f2073cd771fe2f5fd"
FONTTOOLS = environments.Environment(ROOT / ".cache" / "fonttools", ("font.txt",), lambda _: None)
# First and last code points of what `latex2mathml` writes: mathematical letters (italic, bold,
# script, double-struck), Greek, accents, operators, arrows, brackets.
RANGES = (
    (0x20, 0x7E), (0xA0, 0xA0), (0xAC, 0xAC), (0xB1, 0xB9), (0xD7, 0xD7), (0xF7, 0xF7),
    (0x300, 0x30C), (0x338, 0x338), (0x391, 0x3C9), (0x3D1, 0x3D6), (0x3F0, 0x3F5),
    (0x2013, 0x2016), (0x2020, 0x2026), (0x2032, 0x2034), (0x2044, 0x2044), (0x2061, 0x2064),
    (0x2102, 0x2135), (0x2190, 0x2199), (0x21A6, 0x21A6), (0x21D0, 0x21D5), (0x2200, 0x223D),
    (0x2243, 0x2254), (0x2260, 0x2273), (0x2282, 0x228B), (0x2295, 0x2299), (0x22A2, 0x22A5),
    (0x22C0, 0x22C6), (0x22EE, 0x22F1), (0x2308, 0x230B), (0x23B4, 0x23B5), (0x23DE, 0x23DF),
    (0x25A1, 0x25A1), (0x25CB, 0x25CB), (0x2713, 0x2713), (0x27E8, 0x27EB), (0x27F5, 0x27FA),
    (0x2A00, 0x2A02), (0x2A7D, 0x2A7E), (0x1D400, 0x1D467), (0x1D49C, 0x1D4CF),
    (0x1D538, 0x1D56B), (0x1D6A4, 0x1D6A5), (0x1D6E2, 0x1D71B), (0x1D7CE, 0x1D7E1),
)  # fmt: skip
# A program, run with fontTools, that reads a font and writes a subset of it.
_CUT = """
import sys
from fontTools import subset
from fontTools.ttLib import TTFont
source, target, points = sys.argv[1:]
options = subset.Options()
options.layout_features = ["ssty", "dtls", "flac"]
options.name_IDs = [0, 13, 14]
options.notdef_outline = True
options.hinting = False
font = TTFont(source, recalcTimestamp=False)
cutter = subset.Subsetter(options)
cutter.populate(unicodes=[int(point) for point in points.split()])
cutter.subset(font)
names = {1: "Shousi Math", 2: "Regular", 4: "Shousi Math", 6: "ShousiMath-Regular"}
for number, name in names.items():
    font["name"].setName(name, number, 3, 1, 0x409)
font.flavor = "woff2"
font.save(target)
"""


def fetched(folder: Path) -> dict[str, bytes]:
    """Fetch the package and return its files by name. Raises SystemExit if its hash differs."""
    subprocess.run(
        ["npm", "pack", PACKAGE, "--ignore-scripts", "--loglevel=error"],
        cwd=folder, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    (packed,) = folder.glob("*.tgz")
    content = packed.read_bytes()
    if hashlib.sha256(content).hexdigest() != PACKAGE_SHA256:
        raise SystemExit(f"{PACKAGE} has changed: its hash differs")
    with tarfile.open(fileobj=io.BytesIO(content)) as files:
        return {
            member.name: found.read()
            for member in files
            if (found := files.extractfile(member)) is not None
        }


def built() -> dict[Path, bytes]:
    """Make the font and return its file and its licence's, by path."""
    if not FONTTOOLS.is_current():
        environments.make(FONTTOOLS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = fetched(folder)
        source, target = folder / "source.woff2", folder / "target.woff2"
        source.write_bytes(files["package/files/stix-two-math-latin-400-normal.woff2"])
        points = chain.from_iterable(range(first, last + 1) for first, last in RANGES)
        command = [FONTTOOLS.python, "-c", _CUT, source, target, " ".join(map(str, points))]
        subprocess.run(command, check=True)
        return {FONT: target.read_bytes(), LICENCE: files["package/LICENSE"]}


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    only_check = parser.parse_args().check
    for path, content in built().items():
        if only_check and (not path.exists() or path.read_bytes() != content):
            print(f"{path.relative_to(ROOT)} differs from a new build; run `make math-font`")
            return 1
        if not only_check:
            path.write_bytes(content)
    print(f"{FONT.relative_to(ROOT)}: {FONT.stat().st_size / 1000:.0f} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
