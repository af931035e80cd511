"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

CALL = {"of", "param", "grad", "lr", "betas", "eps", "weight_decay"}
CALL |= {"under", "keep", "overwrite", "device"}


def check(text):
    case = json.loads(text)
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in case.items())
    assert text == f"{{\n{lines}\n}}\n", "layout"
    for part in case["parts"] if list(case) == ["parts"] else [case]:
        assert {"params", "calls"} <= set(part), "keys"
        assert set(part) <= {"name", "params", "calls", "trained", "trainable"}, "keys"
        assert part["params"], "params"
        assert part["calls"], "calls"
        for call in part["calls"]:
            check_call(call, part["params"])


def check_call(call, params):
    assert {"grad"} <= set(call) <= CALL, "call"
    param = call["param"] if "device" in call else params[call["of"]]
    assert shape(call["grad"]) == shape(param), "a gradient has its parameter's shape"
    assert min(shape(param), default=1) >= 1, "sizes"
    assert call["grad"]["dtype"] == param["dtype"], "a gradient has its parameter's dtype"
    assert param["dtype"] in ("float32", "float64"), "dtype"
    assert call.get("lr", 0) >= 0, "lr"
    assert call.get("weight_decay", 0) >= 0, "weight_decay"
    assert call.get("eps", 1) > 0, "eps"
    betas = call.get("betas", [0, 0])
    assert len(betas) == 2, "betas"
    assert all(0 <= beta < 1 for beta in betas), "betas"


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
