"""Draws each submission's time to verdict over the run's time, with a line for each fault."""

import math
from collections.abc import Sequence
from html import escape
from pathlib import Path

from tests.chaos.place import Outcome

_WIDTH, _HEIGHT, _LEFT, _TITLE, _FOOT = 860, 170, 48, 26, 22
# The vertical axis is logarithmic.
_TICKS_S = (0.1, 1.0, 10.0, 100.0)
_STYLE = (
    "text{font:12px sans-serif;fill:#555}.title{font-weight:bold}.grid{stroke:#ddd}"
    ".fault{stroke:#d65f3c;stroke-opacity:.45}.one{fill:#2b6cb0;fill-opacity:.6}"
)


def write(places: Sequence[Outcome], file: Path) -> None:
    """Write the SVG: a strip for each place, one below the other."""
    high = len(places) * (_HEIGHT + _TITLE + _FOOT)
    drawn = [part for index, one in enumerate(places) for part in _strip(one, index)]
    file.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {high}">'
        f'<style>{_STYLE}</style><rect width="{_WIDTH}" height="{high}" fill="#fff"/>\n'
        + "\n".join(drawn)
        + "\n</svg>\n"
    )


def _strip(one: Outcome, index: int) -> list[str]:
    top = index * (_HEIGHT + _TITLE + _FOOT) + _TITLE
    wide_s = one.ended - one.began

    def x(at: float) -> str:
        return f"{_LEFT + (at - one.began) / wide_s * (_WIDTH - _LEFT - 10):.1f}"

    def y(took_s: float) -> str:
        low, high = math.log10(_TICKS_S[0]), math.log10(_TICKS_S[-1] * 2)
        share = (math.log10(max(took_s, _TICKS_S[0])) - low) / (high - low)
        return f"{top + _HEIGHT - min(1.0, share) * _HEIGHT:.1f}"

    drawn = [f'<text class="title" x="{_LEFT}" y="{top - 9}">{escape(one.name)}</text>']
    for tick in _TICKS_S:
        drawn.append(f'<path class="grid" d="M{_LEFT} {y(tick)}H{_WIDTH - 10}"/>')
        drawn.append(f'<text x="4" y="{y(tick)}">{tick:g} s</text>')
    lines = [f"M{x(fault.began)} {top}v{_HEIGHT}" for fault in one.faults]
    drawn.append(f'<path class="fault" d="{"".join(lines)}"/>')
    drawn += [
        f'<circle class="one" cx="{x(each.began)}" cy="{y(each.took_s)}" r="2"/>'
        for each in one.sent
        if each.verdict
    ]
    foot = f"0 to {wide_s:.0f} s: when each was sent (dots), and when a fault struck (lines)"
    drawn.append(f'<text x="{_LEFT}" y="{top + _HEIGHT + 15}">{foot}</text>')
    return drawn
