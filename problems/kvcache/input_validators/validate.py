"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

KEYS = {"name", "num_heads", "hidden", "dtype", "weights", "calls"}
WEIGHTS = [f"{name}.{part}" for name in ("wq", "wk", "wv", "wo") for part in ("weight", "bias")]
CALL = {"name", "x", "k", "v", "cache", "mode", "under", "echo", "keep", "overwrite", "weights"}
ELSEWHERE = {"name", "x", "k", "v", "device", "result"}


def check(text):
    case = json.loads(text)
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in case.items())
    assert text == f"{{\n{lines}\n}}\n", "layout"
    if "parts" in case:
        assert list(case) == ["parts"], "keys beside parts"
    for part in case.get("parts", [case]):
        check_part(part)


def check_part(case):
    assert KEYS - {"name"} <= set(case) <= KEYS, "keys"
    assert 1 <= case["num_heads"] <= case["hidden"] <= 64, "sizes"
    assert case["hidden"] % case["num_heads"] == 0, "num_heads divides hidden"
    assert case["dtype"] in ("float32", "float64"), "dtype"
    assert case["calls"], "calls"
    for call in [case, *case["calls"]]:
        assert list(call.get("weights", WEIGHTS)) == WEIGHTS, "weights"
    batches = {}
    for call in case["calls"]:
        assert {"x"} <= set(call) <= (ELSEWHERE if "device" in call else CALL), "call"
        b, s, hidden = shape(call["x"])
        assert min(b, s) >= 1, "sizes of x"
        assert hidden == case["hidden"], "hidden"
        assert ("k" in call) == ("v" in call), "k and v"
        assert not {"k", "cache"} <= set(call), "one cache"
        if "k" in call:
            kept = shape(call["k"])
            assert kept == shape(call["v"]), "sizes of the cache"
            heads = case["num_heads"]
            assert kept == [b, heads, max(kept[2], 1), hidden // heads], "sizes of the cache"
        if "cache" in call:
            assert batches[call["cache"]] == b, "the cache of a call before, as many sequences"
        if "name" in call:
            assert call["name"] not in batches, "a name twice"
            batches[call["name"]] = b


def shape(spec):
    if "shape" in spec:
        return list(spec["shape"])
    values, found = spec["values"], []
    while isinstance(values, list):
        found.append(len(values))
        values = values[0]
    return found


check(sys.stdin.read())
sys.exit(42)
