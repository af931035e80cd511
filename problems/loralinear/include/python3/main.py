"""Wraps a linear in the submission's LoRALinear, takes the case's steps, answers with what came.

What random numbers do (the start of lora_a, dropout) is answered as facts that hold for every
right layer, with a chance of failing below one in a hundred million.
"""

import torch
import torch.nn.functional as F
from torch import nn

from runner import cases, harness


def main():
    case = harness.read_case()
    layer_class = harness.entry("LoRALinear", "class LoRALinear(nn.Module)")
    base = make_base(case)
    more = [case["dropout"]] if "dropout" in case else []
    layer = layer_class(base, case["r"], case["alpha"], *more)
    for step in case["steps"]:
        name = f"{step['name']}." if "name" in step else ""
        STEPS[step["do"]](layer, base, case, step, name)


def make_base(case):
    weights = {name: cases.make_tensor(spec) for name, spec in case["base"].items()}
    out_features, in_features = weights["weight"].shape
    dtype = weights["weight"].dtype
    base = nn.Linear(in_features, out_features, bias="bias" in weights, device="cpu", dtype=dtype)
    base.load_state_dict(weights)
    return base.to(case.get("device", "cpu"))


def load(layer, base, case, step, name):
    cases.load_weights(layer, {n: cases.make_tensor(s) for n, s in step["weights"].items()})


def forward(layer, base, case, step, name):
    """`out`, and with a probe the gradients (of x alone where `of` says so); x afterwards."""
    leaf, x = cases.make_input(step["x"])
    layer.zero_grad()
    output = layer(x)
    cases.emit_tensor(f"{name}out", output)
    if "probe" in step:
        cases.backward(output, cases.make_tensor(step["probe"]))
        cases.emit_tensor(f"{name}grad.x", cases.gradient(leaf))
        for own in step.get("of", ["lora_a", "lora_b"]):
            cases.emit_tensor(f"{name}grad.{own}", cases.gradient(getattr(layer, own)))
    if step.get("echo"):
        cases.emit_tensor(f"{name}x", x)


def state(layer, base, case, step, name):
    for own in step["of"]:
        holder, attribute = (layer.base, own[5:]) if own.startswith("base.") else (layer, own)
        cases.emit_tensor(f"{name}{own}", getattr(holder, attribute))


def facts(layer, base, case, step, name):
    harness.emit_value(f"{name}base_is_the_given_one", layer.base is base)
    own = {"lora_a": layer.lora_a, "lora_b": layer.lora_b}
    own |= {f"base.{n}": getattr(layer.base, n) for n in case["base"]}
    for tensor_name, tensor in own.items():
        harness.emit_value(f"{name}{tensor_name}.requires_grad", tensor.requires_grad)
    for tensor_name in ("lora_a", "lora_b"):
        tensor = own[tensor_name]
        harness.emit_value(f"{name}{tensor_name}.shape", "x".join(map(str, tensor.shape)))
        harness.emit_value(f"{name}{tensor_name}.dtype", tensor.dtype)
        harness.emit_value(f"{name}{tensor_name}.device", tensor.device.type)
    trained = sum(p.numel() for p in layer.parameters() if p.requires_grad)
    harness.emit_value(f"{name}trainable_numbers", trained)


def descend(layer, base, case, step, name):
    """Plain gradient descent over every parameter that has a gradient."""
    x, probe = cases.make_tensor(step["x"]), cases.make_tensor(step["probe"])
    for _ in range(step["times"]):
        layer.zero_grad()
        cases.backward(layer(x), probe)
        with torch.no_grad():
            for parameter in layer.parameters():
                if parameter.grad is not None:
                    parameter -= step["rate"] * parameter.grad


def start(layer, base, case, step, name):
    """How lora_a is drawn; another layer must draw other numbers.

    Each fact is so, or not so, of a way to draw; none hangs on the numbers that came this time.
    """

    def another():
        return type(layer)(make_base(case), case["r"], case["alpha"]).lora_a.detach().double()

    first = layer.lora_a.detach().double()
    a = torch.cat([first, *(another() for _ in range(step["layers"] - 1))])
    bound = base.in_features**-0.5
    harness.emit_value(f"{name}a.within_bound", bool((a.abs() <= bound * (1 + 1e-6)).all()))
    harness.emit_value(f"{name}a.reaches_bound", bool(a.abs().max() >= 0.97 * bound))
    harness.emit_value(f"{name}a.centred", bool(a.mean().abs() <= 0.15 * a.abs().max()))
    inner = (a.abs() < bound / 2).double().mean()
    harness.emit_value(f"{name}a.uniform", bool(0.45 <= inner <= 0.55))
    harness.emit_value(f"{name}a.many_values", a.unique().numel() >= a.numel() / 2)
    harness.emit_value(f"{name}a.drawn_anew", not torch.equal(another(), first))
    cases.emit_tensor(f"{name}lora_b", layer.lora_b)


def dropped(layer, base, case, step, name):
    """What dropout did to an input of ones: what the layer adds to its base, as facts."""
    x = torch.ones(step["rows"], base.in_features, dtype=base.weight.dtype)
    bias = base.bias if "bias" in case["base"] else None
    alone = F.linear(x, cases.make_tensor(case["base"]["weight"]), bias)
    added, again = [(layer(x) - alone).detach().double() for _ in range(2)]
    values = (added * 100).round().unique()[: step["most"]] / 100
    cases.emit_tensor(f"{name}added_values", values.to(base.weight.dtype))
    harness.emit_value(f"{name}drawn_anew", not torch.equal(added, again))
    near = (added.mean() - step["mean"]).abs() <= 0.1 * step["mean"]
    harness.emit_value(f"{name}mean_as_without_dropout", bool(near))
    lines = {"row": added, "column": added.T}
    for axis in step["mixed"]:
        mixed = bool((lines[axis].amax(1) > lines[axis].amin(1)).all())
        harness.emit_value(f"{name}every_{axis}_mixed", mixed)


STEPS = {
    "load": load,
    "forward": forward,
    "state": state,
    "facts": facts,
    "descend": descend,
    "start": start,
    "dropped": dropped,
    "merge": lambda layer, *_: layer.merge(),
    "unmerge": lambda layer, *_: layer.unmerge(),
    "train": lambda layer, *_: layer.train(),
    "eval": lambda layer, *_: layer.eval(),
}

if __name__ == "__main__":
    main()
