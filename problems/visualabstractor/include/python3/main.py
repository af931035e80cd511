"""Builds the submission's VisualAbstractor with the case's weights, calls it, answers tensors."""

import torch

from runner import cases, harness

LINEARS = ("wq", "wk", "wv", "wo")


def main():
    case = harness.read_case()
    abstractor = harness.entry("VisualAbstractor", "class VisualAbstractor(nn.Module)")
    module = abstractor(case["num_heads"], case["hidden"], case["num_query_tokens"])
    module = module.to(getattr(torch, case["dtype"]))
    weights = {name: cases.make_tensor(spec) for name, spec in case["weights"].items()}
    cases.load_weights(module, weights)
    for number, call in enumerate(case["calls"], 1):
        prefix = f"call{number}." if len(case["calls"]) > 1 else ""
        answer_call(module.train(call.get("mode") != "eval"), call, prefix)


def answer_call(module, call, prefix):
    leaf, video = cases.make_input(call["video"])
    mask = cases.make_tensor(call["mask"]) if "mask" in call else None
    output = module(video) if mask is None else module(video, mask)
    cases.emit_tensor(f"{prefix}out", output)
    if "probe" in call:
        module.zero_grad()
        cases.backward(output, cases.make_tensor(call["probe"]))
        cases.emit_tensor(f"{prefix}grad.video", cases.gradient(leaf))
        cases.emit_tensor(f"{prefix}grad.query_tokens", cases.gradient(module.query_tokens))
        for name in LINEARS:
            cases.emit_tensor(f"{prefix}grad.{name}", linear_gradient(getattr(module, name)))
    if call.get("echo"):
        trained = module.query_tokens.requires_grad
        harness.emit_value(f"{prefix}query_tokens.requires_grad", trained)
        cases.emit_tensor(f"{prefix}video", video)
        if mask is not None:
            cases.emit_tensor(f"{prefix}mask", mask)


def linear_gradient(linear):
    """The weight's gradient with the bias's as its last column: (out, in + 1).

    The gradient of wk.bias is zero but for rounding: together it is measured by the weight's.
    """
    return torch.cat([cases.gradient(linear.weight), cases.gradient(linear.bias)[:, None]], dim=1)


if __name__ == "__main__":
    main()
