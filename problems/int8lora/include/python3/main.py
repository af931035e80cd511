"""Wraps the case's linear in the submission's Int8LoRALinear, calls it, answers with tensors.

What a call has under `show` is answered after it: what the layer holds as it is now, the weight
that was given, how many numbers require gradients, and how many floating-point numbers it keeps
in tensors of the weight's shape.
"""

import torch
from torch import nn

from runner import calls, cases, harness

LORA = ["lora_a", "lora_b"]


def main():
    case = harness.read_case()
    layer_class = harness.entry("Int8LoRALinear", "class Int8LoRALinear(nn.Module)")
    for prefix, part in calls.parts(case):
        Part(part, layer_class).answer(prefix)


class Part:
    def __init__(self, case, layer_class):
        self.case = case
        self.layer_class = layer_class
        frozen = ["scale", "bias"] if "base.bias" in case["given"] else ["scale"]
        self.calls = calls.Calls(self.make, ["x"], [*LORA, *frozen])

    def make(self):
        given = {name: cases.make_tensor(spec) for name, spec in self.case["given"].items()}
        rows, columns = given["base.weight"].shape
        dtype = getattr(torch, self.case["dtype"])
        self.base = nn.Linear(columns, rows, bias="base.bias" in given, device="cpu", dtype=dtype)
        given = {name.removeprefix("base."): one for name, one in given.items()}
        cases.load_weights(self.base, given)
        layer = self.layer_class(self.base, self.case["r"], self.case["alpha"]).to(dtype)
        weights = {name: cases.make_tensor(spec) for name, spec in self.case["weights"].items()}
        cases.load_weights(layer, weights)
        return layer

    def answer(self, part_prefix):
        for name, call in calls.named(self.case["calls"]):
            self.calls.answer(call, part_prefix + name)
            for shown in call.get("show", ()):
                self.show(part_prefix + name, shown)
        self.calls.finish()

    def show(self, prefix, name):
        layer = self.calls.function
        if name == "trainable_numbers":
            cases.emit_count(prefix + name, cases.trainable(cases.parameters(layer)).values())
        elif name == "float_copies":
            cases.emit_count(prefix + name, self.float_copies(layer))
        elif name == "given.weight":
            cases.emit_tensor(prefix + name, self.base.weight)
        else:
            cases.emit_tensor(prefix + name, getattr(layer, name))

    def float_copies(self, layer):
        held = cases.registered(layer).items()
        others = [one for name, one in held if name.rpartition(".")[2] not in LORA]
        shape = self.base.weight.shape
        return [one for one in others if one.is_floating_point() and one.shape == shape]


if __name__ == "__main__":
    main()
