"""Each compiler's errors about a wrong source, parsed as data."""

import pytest

from judge.compiler_messages import MOST_ERRORS, compile_errors, places

GCC = """main.cpp: In function 'int main()':
main.cpp:1:21: error: expected primary-expression before ';' token
    1 | int main(){ int x = ; return y;}
      |                     ^
main.cpp:2:30: warning: unused variable 'y' [-Wunused-variable]
main.cpp:3:30: note: each undeclared identifier is reported only once
main.cpp:9:2: fatal error: no.h: No such file or directory
"""
JAVAC = """Main.java:4: error: cannot find symbol
        foo();
        ^
  symbol:   method foo()
  location: class Main
1 error
"""
RUSTC = """warning: unused variable: `a`
 --> main.rs:1:9
  |
error[E0308]: mismatched types
 --> main.rs:2:25
  |
2 |     let x: i32 = "a";
  |            ---   ^^^ expected `i32`, found `&str`

error: expected one of `.`, `;`
  --> main.rs:12:3
"""
GO = "# command-line-arguments\n./main.go:2:14: declared and not used: x\n"
NODE = """/box/main.js:3
let x = ;
        ^

SyntaxError: Unexpected token ';'
    at wrapSafe (node:internal/modules/cjs/loader:1464:18)
"""
PYTHON = """  File "submission.py", line 2
    def f(:
          ^
SyntaxError: invalid syntax
"""


@pytest.mark.parametrize(
    ("output", "errors"),
    [
        (
            GCC,
            [
                ("main.cpp", 1, 21, "expected primary-expression before ';' token"),
                ("main.cpp", 9, 2, "no.h: No such file or directory"),
            ],
        ),
        (JAVAC, [("Main.java", 4, None, "cannot find symbol")]),
        (
            RUSTC,
            [
                ("main.rs", 2, 25, "mismatched types"),
                ("main.rs", 12, 3, "expected one of `.`, `;`"),
            ],
        ),
        (GO, [("main.go", 2, 14, "declared and not used: x")]),
        (NODE, [("main.js", 3, None, "SyntaxError: Unexpected token ';'")]),
        (PYTHON, [("submission.py", 2, None, "SyntaxError: invalid syntax")]),
        ("More than 15 s.", []),
        ("", []),
        ("main.c:5", []),
        (" --> main.rs:1:2", []),
        (f"main.c:{'9' * 5000}:1: error: x", []),
    ],
)
def test_errors_are_read(output: str, errors: list[tuple[str, int, int | None, str]]) -> None:
    found = compile_errors(output)
    assert [(one.file, one.line, one.column, one.message) for one in found] == errors


def test_places_are_where_they_stand_in_the_output() -> None:
    marked = [GCC[place.start : place.end] for place in places(GCC)]
    assert marked == ["main.cpp:1:21", "main.cpp:2:30", "main.cpp:3:30", "main.cpp:9:2"]
    (arrow, *_) = places(RUSTC)
    assert RUSTC[arrow.start : arrow.end] == "main.rs:1:9"


def test_very_many_errors_are_cut() -> None:
    assert len(compile_errors("a.c:1:1: error: x\n" * 1000)) == MOST_ERRORS
