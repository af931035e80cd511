"""SVG in statements: shown as images, and refused if they contain scripts or external
references.
"""

import pytest

from judge.problem_package.pictures import PictureError, check_picture
from judge.problem_package.statements import render
from tests.unit.judge.problem_package.making import changed, complaints, loaded

SVG = (
    '<?xml version="1.0"?>\n'
    '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/svg11.dtd" '
    '[<!ENTITY ns_svg "http://www.w3.org/2000/svg">]>\n'
    '<svg xmlns="&ns_svg;" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9">\n'
    "<style>.a { fill: url(#g) }</style>\n"
    '<a xlink:href="https://example.org"><use xlink:href="#g"/></a>\n'
    '<image href="data:image/png;base64,iVBORw0KGgo="/>\n'
    "</svg>\n"
)


def with_picture(svg: str) -> dict[str, str]:
    return changed({"statement/problem.en.md": "![a](a.svg)\n", "statement/a.svg": svg})


def test_svg_is_the_source_of_an_image_and_nothing_else() -> None:
    package = loaded(with_picture(SVG))
    assert package.warnings == ()
    html = render(package.statements["en"], package.images)
    assert html.startswith('<p><img src="data:image/svg+xml;base64,')
    assert "<svg" not in html


@pytest.mark.parametrize(
    ("inside", "says"),
    [
        ("<script>alert(1)</script>", "<script>"),
        ("<svg:script xmlns:svg='http://www.w3.org/2000/svg'/>", "<svg:script>"),
        ("<foreignObject><p>x</p></foreignObject>", "<foreignObject>"),
        ("<rect onload='alert(1)'/>", "onload"),
        ("<rect ONCLICK='alert(1)'/>", "ONCLICK"),
        ("<a href='java&#9;script:alert(1)'/>", "javascript:"),
        ("<set attributeName='href' to='javascript:alert(1)' onbegin='x'/>", "onbegin"),
        ("<image href='https://example.org/a.png'/>", "refers to `https://example.org/a.png`"),
        ("<use xlink:href='other.svg#a'/>", "refers to `other.svg#a`"),
        ("<image href='data:text/html,x'/>", "refers to `data:text/html,x`"),
        ("<rect fill='url(https://example.org/#a)'/>", "something outside by `fill`"),
        ("<rect style='background:url( //example.org )'/>", "something outside by `style`"),
        ("<style>@import 'https://example.org/a.css';</style>", "in its style"),
        ("<style>a{b:URL('http://example.org')}</style>", "in its style"),
        ("<?xml-stylesheet href='a.css'?>", "style sheet"),
        ("<rect>", "no well-formed SVG: mismatched tag"),
    ],
)
def test_what_an_svg_must_not_have_is_named_with_its_line(inside: str, says: str) -> None:
    svg = SVG.replace("</svg>", f"{inside}\n</svg>")
    (found,) = complaints(with_picture(svg))
    assert found.startswith("statement/a.svg:7: ") or "mismatched" in says
    assert says in found


@pytest.mark.parametrize(
    "entity",
    ['<!ENTITY a "&b;&b;"><!ENTITY b "x">', '<!ENTITY a SYSTEM "file:///etc/passwd">'],
)
def test_entities_that_grow_or_are_fetched_are_refused(entity: str) -> None:
    with pytest.raises(PictureError, match="declares the entity `a`"):
        check_picture("a.svg", f"<!DOCTYPE svg [{entity}]><svg>&a;</svg>".encode())


def test_an_svg_that_no_statement_shows_does_no_harm() -> None:
    assert complaints(changed({"statement/a.svg": "<script/>"})) == []
