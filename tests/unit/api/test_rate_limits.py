"""Counts of rate limits in memory."""

from api.rate_limits import MemoryCounts

HOUR = 3600


def test_a_count_refuses_beyond_its_limit_and_starts_no_thread() -> None:
    counts = MemoryCounts()
    begun = counts.timer  # the library starts it once, for nothing
    begun.join()
    allowed = [counts.acquire_sliding_window_entry("mina", 3, HOUR) for _ in range(5)]
    assert allowed == [True, True, True, False, False]
    # Another key has a count of its own.
    assert counts.acquire_sliding_window_entry("ada", 3, HOUR, amount=3)
    assert counts.timer is begun


def test_expired_counts_are_deleted_and_begin_anew() -> None:
    counts = MemoryCounts(sweep_s=0)
    assert counts.incr("old", -1, 7) == 7
    assert counts.incr("kept", HOUR, 2) == 2
    # Nobody asked for the old one again, and it takes no memory any more.
    assert set(counts.storage) == set(counts.expirations) == {"kept"}
    assert counts.incr("kept", HOUR) == 3
    assert counts.incr("old", HOUR) == 1


def test_an_expired_count_is_not_added_to_between_sweeps() -> None:
    counts = MemoryCounts(sweep_s=HOUR)
    counts.incr("mina", -1, 7)
    assert counts.incr("mina", HOUR) == 1
