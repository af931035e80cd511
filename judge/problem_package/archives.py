"""Reads a package's files from an untrusted `.zip` or `.kpp`.

An archive counts as hostile. Its directory is measured before it is parsed, and declared sizes are
never believed: unpacked bytes are counted as they stream. Nothing is ever written to disk, so a bad
name can't escape from a folder; it is refused all the same, because another tool may unpack the
same file less carefully.
"""

import stat
import struct
import zipfile
import zlib
from pathlib import Path

from judge.limits import MIB
from judge.problem_package.complaints import PackageComplaint, PackageError
from judge.problem_package.files import Bounds, Intake, PackageFiles, name_problem, refuse

# The end of central directory record and the ZIP64 locator before it (APPNOTE.TXT 4.3.15, 4.3.16).
_END_RECORD = b"PK\x05\x06"
_END_RECORD_BYTES = 22
_ZIP64_LOCATOR = b"PK\x06\x07"
_ZIP64_LOCATOR_BYTES = 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_UNSOUND = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,  # including NotImplementedError
    ValueError,
    LookupError,
)
"""The errors that `zipfile` raises for damaged or forged archives."""


_SMALLER = "take out what no test needs, or make the tests smaller"


def read_archive(archive: Path, bounds: Bounds | None = None) -> PackageFiles:
    """Read the package in the `.zip` or `.kpp` file `archive`; raises PackageError.

    The slug is the name of the archive's only top folder, or the archive's own name if
    `problem.yaml` is at the top.
    """
    intake = Intake(bounds or Bounds())
    _check_directory(archive, intake.bounds)
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = opened.infolist()
            if len(entries) > intake.bounds.entries:
                refuse(
                    "", f"the archive holds more than {intake.bounds.entries} entries; {_SMALLER}"
                )
            for entry in entries:
                # `orig_filename` is the name before `zipfile` cuts it at a NUL or rewrites it.
                if not entry.is_dir() and intake.admit(entry.orig_filename):
                    _take_entry(intake, opened, entry)
                # A folder is not stored, but its name is checked: another tool would create it.
                elif entry.is_dir() and (problem := name_problem(entry.orig_filename.rstrip("/"))):
                    intake.complaints.add(entry.orig_filename, problem)
    except _UNSOUND as error:
        refuse("", f"not a sound zip archive: {error}; pack it again")
    names = {*intake.files, *intake.links}
    if "problem.yaml" in names:
        return intake.finish(archive.stem)
    # The package is the only top folder, unless there are other files beside it.
    tops = {name.split("/")[0] for name in names}
    if len(tops) != 1 or any("/" not in name for name in names):
        complaints = intake.complaints
        complaints.raise_if_any()
        message = "missing; the archive must hold one folder with the package in it"
        # The files left out may be the package itself, e.g. if a tool wrote `\\` for `/`.
        raise PackageError((PackageComplaint("problem.yaml", None, message), *complaints.warnings))
    top = tops.pop()
    intake.enter(top)
    return intake.finish(top)


def _check_directory(archive: Path, bounds: Bounds) -> None:
    """Refuse an archive whose directory is too large, before `zipfile` builds objects from it.

    The end record is found as `zipfile` finds it: at the very end, or by its last signature within
    the length of the longest comment (APPNOTE.TXT 4.3.16).
    """
    size = archive.stat().st_size
    if size > bounds.archive_bytes:
        most = f"{bounds.archive_bytes // MIB} MiB"
        refuse("", f"the archive is larger than {most}; {_SMALLER}")
    with archive.open("rb") as stream:
        # 64 KiB is the longest comment that may follow the end record.
        stream.seek(max(0, size - _END_RECORD_BYTES - _ZIP64_LOCATOR_BYTES - (1 << 16)))
        tail = stream.read()
    at = tail.rfind(_END_RECORD)
    if at < 0 or len(tail) - at < _END_RECORD_BYTES:
        refuse("", "not a zip archive, or cut short: it has no end record; send it again")
    # A ZIP64 archive gives its directory's size elsewhere, so the check below would miss it.
    locator = tail[max(0, at - _ZIP64_LOCATOR_BYTES) : at]
    if locator.startswith(_ZIP64_LOCATOR):
        refuse("", "a ZIP64 archive; packages are small: pack it again as a plain zip")
    # Offset 12: the size of the central directory.
    directory_bytes = int.from_bytes(tail[at + 12 : at + 16], "little")
    if directory_bytes > bounds.entries * bounds.directory_bytes_per_entry:
        refuse("", f"the archive lists more than {bounds.entries} entries; {_SMALLER}")


def _take_entry(intake: Intake, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    # The upper half is the mode of the Unix file, if a Unix tool packed it.
    mode = entry.external_attr >> 16
    if entry.flag_bits & 0x1:  # bit 0: encrypted
        intake.complaints.add(name, "encrypted; pack it again without a password")
        return
    if entry.compress_type not in _METHODS:
        intake.complaints.add(name, "not packed by the method deflate; pack it again with that")
        return
    # Type 0 is what other systems' tools leave there.
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFLNK):
        intake.complaints.add(name, "neither a plain file nor a link; take it out")
        return
    with archive.open(entry) as stream:
        content = intake.read(name, stream)
    if stat.S_ISLNK(mode):
        # A link's content is its target; Linux has no path longer than 4096 bytes.
        intake.links[name] = content[:4096].decode("utf-8", "replace")
    else:
        intake.files[name] = content
