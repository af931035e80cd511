"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

TENSORS = ("q", "k", "v")
CALL = {"name", "frames", "window", *TENSORS, "probe", "needs", "under", "echo", "keep"}
CALL |= {"overwrite", "device", "sampled", "weighted"}


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
    assert {"frames", "window", *TENSORS} <= set(call) <= CALL, "call"
    assert call["frames"] >= 1, "frames"
    assert call["window"] >= 0, "window"
    for name in TENSORS:
        if "shape" in call[name]:
            tokens = call[name]["shape"][2]
        else:
            tokens = len(call[name]["values"][0][0])
        assert tokens % call["frames"] == 0, "frames divide the tokens"
        assert tokens <= 6144, "tokens"


check(sys.stdin.read())
sys.exit(42)
