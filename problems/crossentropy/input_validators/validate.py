"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

CALL = {"name", "logits", "targets", "ignore_index", "label_smoothing", "probe", "needs", "under"}
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
    assert {"logits", "targets"} <= set(call) <= CALL, "call"
    n, c = shape(call["logits"])
    targets, ignored = call["targets"]["values"], call.get("ignore_index", -100)
    assert n >= 1, "rows"
    assert c >= 1, "classes"
    assert len(targets) == n, "a target for each row"
    assert call["targets"]["dtype"] == "int64", "dtype"
    assert all(t == ignored or 0 <= t < c for t in targets), "targets"
    assert any(t != ignored for t in targets), "some row is not ignored"
    if "label_smoothing" in call:
        assert "ignore_index" in call, "arguments are given in their order"
        assert 0 <= call["label_smoothing"] <= 1, "label_smoothing"


def shape(spec):
    if "shape" in spec:
        return spec["shape"]
    return [len(spec["values"]), len(spec["values"][0])]


check(sys.stdin.read())
sys.exit(42)
