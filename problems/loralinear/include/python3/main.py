"""Wraps a linear in the submission's LoRALinear, takes the case's steps, answers with what came.

Whether the base is frozen shows in its gradients and in steps of gradient descent; whether it is
the given one, by new weights that the given base gets and by what `merge` does to it.
"""

import torch
from torch import nn

from runner import calls, cases, harness

LORA = ["lora_a", "lora_b"]


def main():
    case = harness.read_case()
    layer_class = harness.entry("LoRALinear", "class LoRALinear(nn.Module)")
    for prefix, part in calls.parts(case):
        Steps(part, layer_class).take_all(prefix)


class Steps:
    def __init__(self, case, layer_class):
        self.case = case
        self.layer_class = layer_class
        self.dtype = getattr(torch, case["base"]["weight"].get("dtype", "float32"))
        own = [f"base.{name}" for name in case["base"]]
        self.calls = calls.Calls(self.make, ["x"], [*LORA, *own])
        self.layer = self.calls.function

    def make(self):
        """A new layer, moved to the dtype in which it is used; `base` is the last one given."""
        self.base = make_base(self.case)
        more = [self.case["dropout"]] if "dropout" in self.case else []
        layer = self.layer_class(self.base, self.case["r"], self.case["alpha"], *more)
        return layer.to(device=self.case.get("device", "cpu"), dtype=self.dtype)

    def take_all(self, part):
        for step in self.case["steps"]:
            prefix = f"{step['name']}." if "name" in step else ""
            getattr(self, step["do"])(step, part + prefix)
        self.calls.finish()

    def load(self, step, prefix):
        """Weights of the layer's own, and of the base as it was given (`base.weight`)."""
        weights = {name: cases.make_tensor(spec) for name, spec in step["weights"].items()}
        given = {n.removeprefix("base."): w for n, w in weights.items() if n.startswith("base.")}
        if given:
            cases.load_weights(self.base, given)
        cases.load_weights(self.layer, {n: w for n, w in weights.items() if n in LORA})
        if "layout" in step:
            cases.lay_out_weights(self.layer, step["layout"])

    def call(self, step, prefix):
        self.calls.answer(step, prefix)

    def state(self, step, prefix):
        """Parameters as they are now: `given.weight` is the base's that was given."""
        for name in step["of"]:
            owner = self.base if name.startswith("given.") else self.layer
            for part in name.removeprefix("given.").split("."):
                owner = getattr(owner, part)
            cases.emit_tensor(f"{prefix}{name}", owner)

    def parameters(self):
        given = {f"given.{name}": one for name, one in cases.parameters(self.base).items()}
        return cases.parameters(self.layer) | given

    def trainable(self, step, prefix):
        """How many numbers require gradients, in the layer and in the given base."""
        found = cases.trainable(self.parameters()).values()
        cases.emit_count(f"{prefix}trainable_numbers", found)

    def descend(self, step, prefix):
        """Plain gradient descent over every parameter that has a gradient."""
        x, probe = cases.make_tensor(step["x"]), cases.make_tensor(step["probe"])
        for _ in range(step["times"]):
            own = {id(one): one for one in self.parameters().values()}
            cases.forget_gradients(own)
            cases.backward(self.layer(x), probe)
            cases.descend(own, step["rate"])

    def start(self, step, prefix):
        """The lora_a of several new layers, stacked, and the lora_b of the first."""
        layers = [self.make() for _ in range(step["layers"])]
        drawn = [layer.lora_a for layer in layers]
        cases.emit_tensor(f"{prefix}lora_b", layers[0].lora_b)
        cases.emit_tensor(f"{prefix}first.lora_a", drawn[0])
        cases.emit_tensor(f"{prefix}second.lora_a", drawn[1])
        cases.emit_stack(f"{prefix}all.lora_a", drawn)

    def merge(self, step, prefix):
        self.layer.merge()

    def unmerge(self, step, prefix):
        self.layer.unmerge()

    def train(self, step, prefix):
        self.layer.train()

    def eval(self, step, prefix):
        self.layer.eval()


def make_base(case):
    weights = {name: cases.make_tensor(spec) for name, spec in case["base"].items()}
    out_features, in_features = weights["weight"].shape
    dtype = getattr(torch, case["made_in"]) if "made_in" in case else weights["weight"].dtype
    base = nn.Linear(in_features, out_features, bias="bias" in weights, device="cpu", dtype=dtype)
    with torch.no_grad():
        for name, weight in weights.items():
            getattr(base, name).copy_(weight)
    if "layout" in case["base"]["weight"]:
        cases.lay_out_weights(base, case["base"]["weight"]["layout"])
    return base.to(case.get("device", "cpu"))


if __name__ == "__main__":
    main()
