"""The capacity model reproduces the measurements, and `docs/scale.md` has the model's figures."""

from pathlib import Path

import pytest

from bench.scale import KINDS, MEASURED, Kind, Load, calibration, simulate, throughput

PAGE = Path(__file__).resolve().parents[3] / "docs" / "scale.md"


@pytest.mark.parametrize("workers", MEASURED)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_it_gives_back_what_was_measured(kind: Kind, workers: int) -> None:
    measured = MEASURED[workers][KINDS.index(kind)]
    assert throughput(kind, workers) == pytest.approx(measured, rel=0.15)


def test_the_page_shows_this_very_model() -> None:
    assert "\n".join(calibration()) in PAGE.read_text()


def test_more_hosts_help_until_the_api_is_what_everybody_waits_for() -> None:
    load = Load("a burst", 600, 10.0)
    one, two, many = (simulate(load, num_api=1, num_hosts=hosts) for hosts in (1, 2, 20))
    assert one.wait_p95_s > two.wait_p95_s > many.wait_p95_s
    assert many.api_busy > many.processes_busy
    assert simulate(load, num_api=2, num_hosts=20).wait_p95_s < many.wait_p95_s / 2
