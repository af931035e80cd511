"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import math
import sys

LOGS = ["policy_chosen", "policy_rejected", "reference_chosen", "reference_rejected"]
MASKS = ["chosen_mask", "rejected_mask"]
CALL = {*LOGS, *MASKS, "beta", "name", "probe", "needs", "under"}
CALL |= {"echo", "keep", "overwrite", "device"}


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
    assert {*LOGS, *MASKS} <= set(call) <= CALL, "call"
    assert call.get("beta", 1) > 0, "beta"
    for i, which in enumerate(("chosen", "rejected")):
        policy, reference = call[LOGS[i]], call[LOGS[i + 2]]
        rows = call[MASKS[i]]["values"]
        sizes = [len(rows), len(rows[0])]
        assert min(sizes) >= 1, "sizes"
        assert sizes == shape(policy) == shape(reference), f"sizes of {which}"
        assert all(set(row) <= {0, 1} and sum(row) >= 1 for row in rows), f"mask of {which}"
        for spec in (policy, reference):
            assert spec["dtype"] in ("float32", "float64"), "dtype"
            check_values(spec.get("values", []), rows)
    assert len(call[MASKS[0]]["values"]) == len(call[MASKS[1]]["values"]), "pairs"


def check_values(values, rows):
    """What counts is finite."""
    for row, counts in zip(values, rows, strict=False):
        kept = [value for value, one in zip(row, counts, strict=True) if one]
        assert all(math.isfinite(value) for value in kept), "values"


def shape(spec):
    if "shape" in spec:
        return spec["shape"]
    return [len(spec["values"]), len(spec["values"][0])]


check(sys.stdin.read())
sys.exit(42)
