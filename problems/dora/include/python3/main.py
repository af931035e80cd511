"""Wraps the case's linear in the submission's DoRALinear, calls it, answers with tensors.

What a call has under `show` is answered after it: parameters as they are now, the merged weight,
or how many numbers require gradients.
"""

import functools

import torch
from torch import nn

from runner import calls, cases, harness

PARAMETERS = ["lora_a", "lora_b", "magnitude", "base"]


def main():
    case = harness.read_case()
    layer_class = harness.entry("DoRALinear", "class DoRALinear(nn.Module)")
    for prefix, part in calls.parts(case):
        answer(part, functools.partial(make_layer, layer_class, part), prefix)


def answer(part, make, part_prefix):
    one = calls.Calls(make, ["x"], PARAMETERS)
    for name, call in calls.named(part["calls"]):
        prefix = part_prefix + name
        one.answer(call, prefix)
        for shown in call.get("show", ()):
            if shown == "trainable_numbers":
                found = cases.trainable(cases.parameters(one.function))
                cases.emit_count(prefix + shown, found.values())
            elif shown == "merged":
                cases.emit_tensor(prefix + shown, one.function.merged_weight())
            else:
                cases.emit_tensor(prefix + shown, getattr(one.function, shown))
    one.finish()


def make_layer(layer_class, case):
    given = {name: cases.make_tensor(spec) for name, spec in case["given"].items()}
    rows, columns = given["base.weight"].shape
    dtype = getattr(torch, case["dtype"])
    base = nn.Linear(columns, rows, bias="base.bias" in given, device="cpu", dtype=dtype)
    cases.load_weights(base, {name.removeprefix("base."): one for name, one in given.items()})
    layer = layer_class(base, case["r"], case["alpha"]).to(dtype)
    weights = {name: cases.make_tensor(spec) for name, spec in case["weights"].items()}
    cases.load_weights(layer, weights)
    return layer


if __name__ == "__main__":
    main()
