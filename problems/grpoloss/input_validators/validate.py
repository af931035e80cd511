"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import math
import sys

CALL = {"log_p", "old_log_p", "rewards", "mask", "group_size", "clip", "eps", "name", "probe"}
CALL |= {"needs", "under", "echo", "keep", "overwrite", "device"}


def check(text):
    case = json.loads(text)
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in case.items())
    assert text == f"{{\n{lines}\n}}\n", "layout"
    for part in case["parts"] if list(case) == ["parts"] else [case]:
        assert {"calls"} <= set(part) <= {"name", "calls"}, "keys"
        assert part["calls"], "calls"
        for call in part["calls"]:
            check_call(call)


def check_call(call):
    assert {"log_p", "old_log_p", "rewards", "mask", "group_size"} <= set(call) <= CALL, "call"
    rows = call["mask"]["values"]
    n, s, g = len(rows), len(rows[0]), call["group_size"]
    assert min(n, s, g) >= 1, "sizes"
    assert n % g == 0, "whole groups"
    assert all(set(row) <= {0, 1} and sum(row) >= 1 for row in rows), "mask"
    assert shape(call["rewards"]) == [n], "a reward for each answer"
    for name in ("log_p", "old_log_p"):
        assert shape(call[name]) == [n, s], name
        for row, counts in zip(call[name].get("values", []), rows, strict=False):
            kept = [value for value, one in zip(row, counts, strict=True) if one]
            assert all(math.isfinite(value) for value in kept), name
    dtypes = {call[name]["dtype"] for name in ("log_p", "old_log_p", "rewards")}
    assert dtypes in ({"float32"}, {"float64"}), "dtype"
    assert 0 < call.get("clip", 0.2) < 1, "clip"
    assert "clip" in call or "eps" not in call, "arguments are given in their order"
    assert call.get("eps", 1) > 0, "eps"


def shape(spec):
    if "shape" in spec:
        return spec["shape"]
    values, sizes = spec["values"], []
    while isinstance(values, list):
        sizes.append(len(values))
        values = values[0]
    return sizes


check(sys.stdin.read())
sys.exit(42)
