"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

CALL = {"image", "text", "logit_scale", "name", "probe", "needs", "under"}
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
    assert {"image", "text", "logit_scale"} <= set(call) <= CALL, "call"
    n, d = shape(call["image"])
    assert n >= 1, "pairs"
    assert d >= 1, "channels"
    assert shape(call["text"]) == [n, d], "as many texts as images"
    assert -5 <= call["logit_scale"]["values"] <= 14, "logit_scale"
    dtypes = {call[name]["dtype"] for name in ("image", "text", "logit_scale")}
    assert dtypes in ({"float32"}, {"float64"}), "dtype"


def shape(spec):
    if "shape" in spec:
        return spec["shape"]
    return [len(spec["values"]), len(spec["values"][0])]


check(sys.stdin.read())
sys.exit(42)
