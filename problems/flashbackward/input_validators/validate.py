"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

TENSORS = ["q", "k", "v", "o", "lse", "grad_o"]
CALL = {*TENSORS, "returned", "causal", "name", "under", "echo", "keep", "overwrite"}
CALL |= {"device", "sampled", "weighted"}


def check(text):
    case = json.loads(text)
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in case.items())
    assert text == f"{{\n{lines}\n}}\n", "layout"
    assert list(case) == ["calls"], "keys"
    assert case["calls"], "calls"
    for call in case["calls"]:
        check_call(call)


def check_call(call):
    assert {*TENSORS, "returned"} <= set(call) <= CALL, "call"
    q, k, v, o, lse, grad_o = (shape(call[name]) for name in TENSORS)
    assert len(q) == len(k) == len(v) == 4, "four dimensions"
    assert min(q + k + v) >= 1, "sizes"
    assert q[:2] == k[:2] == v[:2], "sequences and heads"
    assert q[3] == k[3], "k has the channels of q"
    assert k[2] == v[2], "v has the tokens of k"
    assert o == grad_o == q[:3] + v[3:], "o"
    assert lse == q[:3], "lse"
    assert call["returned"] in (0, 1, 2, "all"), "returned"
    if call.get("causal"):
        assert q[2] == k[2], "as many queries as keys"
    assert ("sampled" in call) == ("weighted" in call) == (call["returned"] == "all"), "sampled"
    if "sampled" in call:
        assert q[2] == k[2], "side by side"
        assert q[2] % call["sampled"] == 0, "sampled"
        assert shape(call["weighted"]) == [*q[:3], q[3] + k[3] + v[3]], "weighted"
    dtypes = {call[name].get("dtype", "float32") for name in TENSORS}
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
