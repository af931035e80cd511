"""Labels of workers and problems: how sets of them are written, and who can serve which."""

import pytest
from pydantic import ValidationError

from judge.labels import joined, missing_of, parse_labels, queue_of, required_in, served_with
from judge.settings import Settings


def test_a_set_has_one_queue_however_it_is_written() -> None:
    assert queue_of("interactive", joined(["torch", "gpu"])) == "interactive+gpu+torch"
    assert queue_of("rejudge", joined([])) == "rejudge"
    assert required_in("interactive+gpu+torch") == "gpu+torch"
    assert required_in("interactive") == ""


def test_a_worker_serves_each_subset_the_largest_first() -> None:
    assert served_with({"torch", "gpu"}) == ("gpu+torch", "gpu", "torch", "")
    assert served_with(()) == ("",)


@pytest.mark.parametrize(
    ("workers", "missing"),
    [
        ([], ("gpu", "torch")),
        ([frozenset()], ("gpu", "torch")),
        ([frozenset({"torch"})], ("gpu",)),
        # Each label is on some worker, but no worker has both.
        ([frozenset({"torch"}), frozenset({"gpu"})], ("gpu", "torch")),
        ([frozenset({"gpu", "torch", "big"})], ()),
    ],
)
def test_what_no_worker_has(workers: list[frozenset[str]], missing: tuple[str, ...]) -> None:
    assert missing_of("gpu+torch", workers) == missing


@pytest.mark.parametrize("word", ["GPU", "a b", "+", "", "-x", "x" * 32, "gpu\n"])
def test_a_malformed_label_is_named(word: str) -> None:
    with pytest.raises(ValueError, match="is no label") as refused:
        parse_labels([word])
    assert f"`{word}`" in str(refused.value)


def test_settings_take_labels_with_blanks_and_refuse_malformed_ones() -> None:
    assert Settings(worker_labels=" torch, gpu,").labels == {"torch", "gpu"}
    with pytest.raises(ValidationError, match="`GPU!` is no label"):
        Settings(worker_labels="torch,GPU!")
    with pytest.raises(ValidationError, match="6 labels are too many"):
        Settings(worker_labels="a,b,c,d,e,f")
