"""What a source file says of itself."""

from pathlib import Path

import pytest

from cli.sources import language_of, problem_in, read_source


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("# problem: loralinear\nimport torch", "loralinear"),
        ("#!/usr/bin/env python3\n# shousi problem=MaxSubarray\n", "maxsubarray"),
        ("// problem: maxsubarray\n#include <cstdio>", "maxsubarray"),
        ("/* Problem : maxsubarray */", "maxsubarray"),
        ('"""\nproblem: videomask\n"""', "videomask"),
        ("import torch\n", None),
        ("x = 1  # the problem: hard", None),
        ("\n" * 30 + "# problem: loralinear", None),
    ],
)
def test_the_problem_is_read_from_a_header_comment(text: str, slug: str | None) -> None:
    assert problem_in(text) == slug


@pytest.mark.parametrize(
    ("name", "kind", "language"),
    [
        ("a.py", "function", "python3"),
        ("a.py", "torch", "pytorch"),
        ("a.cc", "function", "cpp"),
        ("Main.java", "stdio", "java"),
        ("a.RS", "function", "rust"),
        ("a.C", "stdio", "cpp"),
        ("a.c++", "stdio", "cpp"),
    ],
)
def test_the_language_is_read_from_the_extension(name: str, kind: str, language: str) -> None:
    assert language_of(Path(name), kind) == language


def test_an_unknown_extension_is_named() -> None:
    with pytest.raises(ValueError, match=r"a\.cobol: unknown extension .*--language"):
        language_of(Path("a.cobol"), "function")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"x = '\xff'")
    with pytest.raises(ValueError, match=r"a\.py is not UTF-8 \(byte 5\)"):
        read_source(path)
    with pytest.raises(ValueError, match="No such file"):
        read_source(tmp_path / "none.py")
