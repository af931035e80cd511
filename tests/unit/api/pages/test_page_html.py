"""HTML that is built from texts: statements, highlighted sources, the diagram of a year."""

import pytest

from api.pages.diagrams import Chart, chart, ruler, times_ruler, year_diagram
from api.pages.highlighting import highlighted
from api.pages.rendering import environment
from api.pages.statements import statement_of
from judge.accounts.profiles import Day


def test_the_background_stands_apart() -> None:
    found = statement_of("en", "<p>Do</p><pre>x</pre><h2>Background: why</h2><p>Because</p>")
    assert found.text == '<p>Do</p><pre tabindex="0">x</pre>'
    assert found.background == "<h2>why</h2><p>Because</p>"
    assert not statement_of("en", "<p>Do</p>").background


def test_a_line_end_beside_chinese_is_no_space() -> None:
    html = "<p>第一行\n第二行，\n<code>x</code> and\nso on</p><pre>一\n二</pre>"
    found = statement_of("zh", html).text
    assert "第一行第二行，<code>x</code> and\nso on" in found
    assert "一\n二" in found


def test_no_line_begins_with_the_sign_after_a_formula() -> None:
    inline = '<math display="inline"><mi>n</mi></math>'
    found = statement_of("en", f"<p>of {inline}, and {inline} numbers</p>").text
    assert found == f'<p>of <span class="nb">{inline},</span> and {inline} numbers</p>'
    block = '<math display="block"><mi>n</mi></math>.'
    assert statement_of("en", block).text == block


def test_a_source_is_escaped_and_each_line_can_be_linked_to() -> None:
    html = highlighted("x = '<b>'  # &\n\ny = 1\n", "python3")
    assert "<b>" not in html
    assert "&lt;b&gt;" in html
    assert [f'id="L{n}"' in html for n in (1, 2, 3, 4)] == [True, True, True, False]
    assert '<span class="c"># &amp;</span>' in html
    assert "<b>" not in highlighted("<b>\n" * 9000, "cpp")


def test_every_language_has_a_lexer() -> None:
    from judge.languages import LANGUAGES

    assert all('class="l"' in highlighted("a", language) for language in LANGUAGES)


def test_a_year_is_drawn_by_weeks_from_monday() -> None:
    # 1970-01-01 was a Thursday.
    year = year_diagram((Day("1970-01-05", 4, 1),), 0, 10)
    assert [(one.x, one.y) for one in year.squares[:5]] == [
        (0, 42),
        (0, 56),
        (0, 70),
        (0, 84),
        (14, 0),
    ]
    assert [one.level for one in year.squares[:5]] == [0, 0, 0, 0, 2]
    assert year.months[0].number == 1


def test_a_ruler_has_room_for_the_error_and_for_what_is_allowed() -> None:
    scale = ruler(0.318, 2.41e-4)
    assert scale is not None
    assert scale.LEFT < scale.allowed_x < scale.error_x < scale.RIGHT
    assert [tick.text for tick in scale.ticks] == ["1e-08", "1e-06", "0.0001", "0.01", "1", "100"]
    wide = ruler(1e30, 1e-12)
    assert wide is not None
    assert wide.LEFT <= wide.allowed_x < wide.error_x <= wide.RIGHT
    assert len(wide.ticks) < 9


def test_a_hidden_test_s_error_lies_between_two_powers_of_ten() -> None:
    scale = times_ruler(3)
    assert scale.LEFT < scale.allowed_x < scale.least_x < scale.most_x < scale.RIGHT
    assert [tick.text for tick in scale.ticks] == ["1", "100", "10000", "1e+06"]
    far = times_ruler(30)
    assert far.most_x == far.RIGHT
    assert len(far.ticks) < 9
    assert times_ruler(0).least_x == times_ruler(0).allowed_x


def test_the_largest_error_that_there_is_has_a_ruler() -> None:
    widest = ruler(1.7e308, 1e-11)
    assert widest is not None
    assert widest.error_x - widest.RIGHT < 1


def test_what_has_no_place_on_a_ruler_has_none() -> None:
    assert ruler(float("inf"), 1e-4) is None
    assert ruler(0.1, None) is None
    assert ruler(0.1, 0.0) is None


def test_names_between_backticks_are_code_and_all_is_escaped() -> None:
    coded = environment("en").filters["coded"]
    assert coded("`out`: 1 < 2") == "<code>out</code>: 1 &lt; 2"
    assert coded("`<b>` and `") == "`&lt;b&gt;` and `"


def test_a_chart_has_room_for_its_values_and_gaps_where_there_are_none() -> None:
    drawn = chart([1, None, 3, 3], [None, None, None, None], unit=" s")
    assert drawn.lines == (("44.0,79.6 47.0,79.6", "385.3,46.8 556.0,46.8"), ())
    assert [mark.text for mark in drawn.marks] == ["0 s", "2.5 s", "5 s"]
    assert drawn.marks[0].y == Chart.HEIGHT
    assert chart([0, 0]).marks[-1].text == "1"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        *((-300.0, "0 s"), (0.0, "0 s"), (1.2e-5, "0 s"), (0.25, "0.25 s"), (9.97, "10 s")),
        *((59.7, "1 min 0 s"), (3600.0, "1 h 0 min"), (90000.0, "1 d 1 h")),
    ],
)
def test_a_span_is_told_in_two_units_and_never_below_nothing(seconds: float, told: str) -> None:
    assert environment("en").filters["span"](seconds) == told
