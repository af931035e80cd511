"""What a source file tells: its problem and its language."""

import os
from pathlib import Path

import pytest

from cli.sources import language_of, problem_in, read_source, source_file


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


def test_of_a_folder_the_file_that_names_its_problem_is_taken(tmp_path: Path) -> None:
    (tmp_path / "samples").mkdir()
    (tmp_path / "helper.py").write_text("x = 1\n")
    (tmp_path / "noise.py").write_bytes(b"# problem: other \xff")
    (tmp_path / "notes.md").write_text("problem: lorainit\n")
    (tmp_path / "gone.py").symlink_to(tmp_path / "nothing")
    (tmp_path / "samples.cc").mkdir()
    source = tmp_path / "Main.java"
    source.write_text("// problem: maxsubarray\n")
    assert source_file(tmp_path) == source
    assert source_file(source) == source
    assert source_file(tmp_path / "none.py") == tmp_path / "none.py"


def test_several_files_or_none_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="no source file in this folder names a problem; write"):
        source_file(Path())
    for name, slug in [("b.py", "lorainit"), ("a.cpp", "maxsubarray")]:
        Path(name).write_text(f"# problem: {slug}\n")
    several = r"several files in .* name a problem: a\.cpp \(maxsubarray\), b\.py \(lorainit\)"
    with pytest.raises(ValueError, match=several):
        source_file(tmp_path)
    assert source_file(Path(), "lorainit") == Path("b.py")
    with pytest.raises(ValueError, match="names videomask; write `problem: videomask`"):
        source_file(Path(), "videomask")


def test_what_editors_of_other_systems_write_is_read_as_meant(tmp_path: Path) -> None:
    file = tmp_path / "Main.java"
    file.write_bytes("\ufeff// problem: maxsubarray\r\nclass Main {}\rint x;\n".encode())
    text = read_source(file)
    assert text == "// problem: maxsubarray\nclass Main {}\nint x;\n"
    assert problem_in(text) == "maxsubarray"


def test_a_file_without_end_is_refused_before_it_fills_the_memory() -> None:
    with pytest.raises(ValueError, match="/dev/zero is too long: more than 16 MiB"):
        read_source(Path("/dev/zero"))


def test_a_pipe_in_the_folder_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.py")
    (tmp_path / "b.py").write_text("# problem: lora\n")
    assert source_file(tmp_path) == tmp_path / "b.py"
