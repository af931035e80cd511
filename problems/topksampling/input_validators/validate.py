"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import math
import sys

SETTINGS = ["temperature", "top_k", "top_p"]
CALL = {"logits", "u", *SETTINGS, "name", "under", "echo", "keep", "overwrite", "device"}


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
    assert {"logits", "u"} <= set(call) <= CALL, "call"
    assert sum(name in call for name in SETTINGS) in (0, 3), "all settings or none"
    logits, u = call["logits"], call["u"]["values"]
    b, v = shape(logits)
    assert b >= 1, "rows"
    assert v >= 1, "tokens"
    assert len(u) == b, "a number for each row"
    assert all(0 <= number < 1 for number in u), "u"
    for row in logits.get("values", []):
        assert all(math.isfinite(one) or one == -math.inf for one in row), "logits"
        assert any(map(math.isfinite, row)), "one is finite"
    assert {logits["dtype"], call["u"]["dtype"]} in ({"float32"}, {"float64"}), "dtype"
    assert call.get("temperature", 1) >= 0, "temperature"
    assert call.get("top_k", 0) >= 0, "top_k"
    assert 0 < call.get("top_p", 1) <= 1, "top_p"


def shape(spec):
    if "shape" in spec:
        return spec["shape"]
    return [len(spec["values"]), len(spec["values"][0])]


check(sys.stdin.read())
sys.exit(42)
