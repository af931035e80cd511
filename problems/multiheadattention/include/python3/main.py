"""Builds the submission's Attention with the case's weights, calls it, answers with tensors."""

import torch

from runner import cases, harness

LINEARS = ("wq", "wk", "wv", "wo")


def main():
    case = harness.read_case()
    attention = harness.entry("Attention", "class Attention(nn.Module)")
    module = attention(case["num_heads"], case["hidden"]).to(getattr(torch, case["dtype"]))
    weights = {name: cases.make_tensor(spec) for name, spec in case["weights"].items()}
    cases.load_weights(module, weights)
    for number, call in enumerate(case["calls"], 1):
        prefix = f"call{number}." if len(case["calls"]) > 1 else ""
        answer_call(module.train(call.get("mode") != "eval"), call, prefix)


def answer_call(module, call, prefix):
    leaf, x = cases.make_input(call["x"])
    mask = cases.make_tensor(call["mask"]) if "mask" in call else None
    output = module(x) if mask is None else module(x, mask)
    cases.emit_tensor(f"{prefix}out", output)
    if "probe" in call:
        module.zero_grad()
        cases.backward(output, cases.make_tensor(call["probe"]))
        cases.emit_tensor(f"{prefix}grad.x", cases.gradient(leaf))
        for name in LINEARS:
            cases.emit_tensor(f"{prefix}grad.{name}", linear_gradient(getattr(module, name)))
    if call.get("echo"):
        cases.emit_tensor(f"{prefix}x", x)
        if mask is not None:
            cases.emit_tensor(f"{prefix}mask", mask)


def linear_gradient(linear):
    """The weight's gradient with the bias's as its last column: (out, in + 1).

    The gradient of wk.bias is zero but for rounding: together it is measured by the weight's.
    """
    return torch.cat([cases.gradient(linear.weight), cases.gradient(linear.bias)[:, None]], dim=1)


if __name__ == "__main__":
    main()
