"""The queue's minutes, computed from the judgings' creation and start times."""

from judge.ids import first_id, new_id
from judge.queue_history import minutes_of


def test_what_waits_is_counted_until_it_starts() -> None:
    rows = [(100.0, 101.0), (110.0, 185.0), (200.0, None), (20.0, 250.0)]
    found = minutes_of(rows, 60.0, 4)
    assert [one.at for one in found] == [60.0, 120.0, 180.0, 240.0]
    # The last came before the first minute; the third waits still.
    assert [one.waiting for one in found] == [2, 2, 2, 1]
    assert [one.started for one in found] == [1, 0, 1, 1]
    assert [one.wait_p50_s for one in found] == [1.0, None, 75.0, 230.0]


def test_what_began_before_or_comes_after_is_left_out() -> None:
    rows = [(0.0, 10.0), (130.0, 400.0)]
    assert [one.waiting for one in minutes_of(rows, 60.0, 2)] == [0, 1]


def test_half_and_nearly_all_waited_so_long() -> None:
    rows = [(0.0, float(wait)) for wait in range(1, 21)]
    (minute,) = minutes_of(rows, 0.0, 1)
    assert (minute.wait_p50_s, minute.wait_p95_s, minute.started) == (10.0, 19.0, 20)


def test_ids_made_later_sort_after_the_first_of_a_moment() -> None:
    assert first_id(0.0) < first_id(1e9) < new_id() < first_id(4e9)
