"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import math
import sys

SETTINGS = {"beam_size", "max_new_tokens", "eos", "returned", "layout"}
OPTIONS = {"alpha", "name", "under", "echo", "keep"}


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
    needed = {"table", "prompt", *SETTINGS}
    assert needed <= set(call) <= needed | OPTIONS, "call"
    table, prompt = call["table"], call["prompt"]
    rows, v = table["shape"] if "shape" in table else shape(table["values"])
    assert rows >= 1, "rows"
    assert v >= 1, "tokens"
    for row in table.get("values", []):
        assert all(math.isfinite(one) or one == -math.inf for one in row), "logits"
        assert any(map(math.isfinite, row)), "one is finite"
    assert table.get("dtype", "float32") in ("float32", "float64"), "dtype"
    assert prompt["dtype"] == "int64", "prompt's dtype"
    assert prompt["values"], "prompt"
    assert all(0 <= token < v for token in prompt["values"]), "prompt's tokens"
    assert 0 <= call["eos"] < v, "eos"
    assert call["beam_size"] >= 1, "beam_size"
    assert call["max_new_tokens"] >= 1, "max_new_tokens"
    assert call.get("alpha", 1) >= 0, "alpha"
    assert call["returned"] in (0, 1), "returned"
    assert call["layout"] in ("", "strided", "transposed"), "layout of the logits"


def shape(values):
    assert len({len(row) for row in values}) == 1, "rows of one length"
    return len(values), len(values[0])


check(sys.stdin.read())
sys.exit(42)
