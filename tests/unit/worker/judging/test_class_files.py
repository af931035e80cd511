"""The class that Java starts; real class files are judged in `tests/packages/cases`."""

import random

import pytest

from worker.judging.class_files import NoMainError, class_to_start

HEAD = b"\xca\xfe\xba\xbe\0\0\0\x3d"
RANDOM = random.Random(1)
JUNK = [
    b"",
    b"\xca\xfe",
    HEAD,
    HEAD + b"\xff\xff",
    HEAD + b"\0\x02\x63",
    HEAD + b"\0\x02\x01\xff\xffshort",
    # A class whose name is not text, and one with more methods than it has bytes.
    HEAD + b"\0\x02\x07\0\x09" + b"\0\x01\0\x01\0\x01" + b"\0\0" * 2 + b"\xff\xff",
    *(HEAD + RANDOM.randbytes(200) for _ in range(200)),
]


@pytest.mark.parametrize("files", [JUNK, [RANDOM.randbytes(64)], []])
def test_what_is_no_class_file_is_passed_over(files: list[bytes]) -> None:
    with pytest.raises(NoMainError, match="No class has a method"):
        class_to_start(files, "Main")
