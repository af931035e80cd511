"""The plain name of a problem, read from LaTeX."""

import pytest

from judge.problem_package.tex_names import tex_name
from tests.unit.judge.problem_package.making import LEGACY, changed, loaded


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (r"\problemname{Sum}", "Sum"),
        ("\\problemname{$x^2$}\nText.\n%% plainproblemname: x^2 \n", "x^2"),
        (r"\problemname{$x^2$}", None),
        (r"\problemname{Sk\"{a}rmar och \AA ngest}", "Skärmar och Ångest"),
        (r"\problemname{{\'E}t\'e \v{C}esk\'y Na\"\i ve \o re}", "Été Český Naïve øre"),
        (r"\problemname{\textbf{Bold} {\it move}}", "Bold move"),
        (r"\problemname{100\% ``sure'' -- A\&B, a\_b}", "100% “sure” – A&B, a_b"),
        ("% \\problemname{Old}\n\\problemname{New}\n", "New"),
        (r"\problemname{a_b}", None),
        (r"\problemname{\unknown{x}}", None),
        (r"\problemname{}", None),
        (r"\problemname{never closed", None),
        ("Text.", None),
    ],
)
def test_names(text: str, name: str | None) -> None:
    assert tex_name(text) == name


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_statement_may_be_in_latin_1(encoding: str) -> None:
    files: dict[str, str | bytes] = {
        **changed(
            {"problem.yaml": "validation: default\n", "problem_statement/problem.md": None}, LEGACY
        ),
        "problem_statement/problem.sv.tex": "\\problemname{Käse}\n".encode(encoding),
    }
    package = loaded(files)
    assert package.names == {"sv": "Käse"}
    assert [one.file for one in package.warnings] == (
        [] if encoding == "utf-8" else ["problem_statement/problem.sv.tex"]
    )


def test_a_legacy_name_may_be_by_language() -> None:
    files = {
        "problem.yaml": "name: {en: Sum, sv: Summa}\n",
        "problem_statement/problem.sv.md": "x\n",
        "problem_statement/problem.da.md": "x\n",
    }
    assert loaded(changed(files, LEGACY)).names == {"en": "Sum", "sv": "Summa", "da": "Sum"}
