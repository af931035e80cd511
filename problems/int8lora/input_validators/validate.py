"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

KEYS = {"r", "alpha", "dtype", "given", "weights", "calls"}
CALL = {"x", "name", "probe", "needs", "under", "mode", "echo", "keep", "overwrite", "device"}
CALL |= {"weights", "weights_layout", "show"}


def check(text):
    case = json.loads(text)
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in case.items())
    assert text == f"{{\n{lines}\n}}\n", "layout"
    for part in case["parts"] if list(case) == ["parts"] else [case]:
        assert set(part) - {"name"} == KEYS, "keys"
        assert part["calls"], "calls"
        check_part(part)


def check_part(case):
    assert 1 <= case["r"] <= 64, "r"
    assert case["alpha"] > 0, "alpha"
    assert case["dtype"] in ("float32", "float64"), "dtype"
    assert {"base.weight"} <= set(case["given"]) <= {"base.weight", "base.bias"}, "given"
    sizes = (*shape(case["given"]["base.weight"]), case["r"])
    for given in (case["given"], case["weights"], *(c.get("weights", {}) for c in case["calls"])):
        for name, spec in given.items():
            assert shape(spec) == wanted(name, *sizes), "weights"
            dtype = "int8" if name == "weight_int8" else case["dtype"]
            assert spec.get("dtype", "float32") == dtype, "dtype of weights"
    for call in case["calls"]:
        assert {"x"} <= set(call) <= CALL, "call"
        assert shape(call["x"])[-1] == sizes[1], "in"
        assert call["x"].get("dtype", "float32") == case["dtype"], "dtype of x"


def wanted(name, rows, columns, r):
    return {
        "base.weight": [rows, columns],
        "base.bias": [rows],
        "weight_int8": [rows, columns],
        "scale": [rows],
        "bias": [rows],
        "lora_a": [r, columns],
        "lora_b": [rows, r],
    }[name]


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
