"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

CALL = {"q", "k", "v", "returned", "causal", "name", "under", "echo", "keep", "overwrite"}
CALL |= {"device", "sampled", "weighted"}


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
    assert {"q", "k", "v", "returned"} <= set(call) <= CALL, "call"
    q, k, v = (shape(call[name]) for name in "qkv")
    assert len(q) == len(k) == len(v) == 4, "four dimensions"
    assert min(q + k + v) >= 1, "sizes"
    assert q[:2] == k[:2] == v[:2], "sequences and heads"
    assert q[3] == k[3], "k has the channels of q"
    assert k[2] == v[2], "v has the tokens of k"
    assert call["returned"] in (0, 1), "returned"
    if call.get("causal"):
        assert q[2] == k[2], "as many queries as keys"
    assert ("sampled" in call) == ("weighted" in call), "sampled"
    if "sampled" in call:
        assert q[2] % call["sampled"] == 0, "sampled"
        last = [] if call["returned"] else v[3:]
        assert shape(call["weighted"]) == q[:3] + last, "weighted"
    dtypes = {call[name].get("dtype", "float32") for name in "qkv"}
    assert dtypes in ({"float32"}, {"float64"}), "dtype"


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
