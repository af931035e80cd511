"""Builds the submission's SwiGLU with the case's weights, calls it, answers with tensors."""

import functools

import torch

from runner import calls, cases, harness

WEIGHTS = ["w1.weight", "w2.weight", "w3.weight"]


def main():
    case = harness.read_case()
    swiglu = harness.entry("SwiGLU", "class SwiGLU(nn.Module)")
    for prefix, part in calls.parts(case):
        made = calls.Calls(functools.partial(make_module, swiglu, part), ["x"], WEIGHTS)
        cases.emit_count(f"{prefix}parameters", cases.parameters(made.function).values())
        made.answer_all(part["calls"], prefix)


def make_module(swiglu, case):
    module = swiglu(case["dim"], case["hidden_dim"]).to(getattr(torch, case["dtype"]))
    weights = {name: cases.make_tensor(spec) for name, spec in case["weights"].items()}
    cases.load_weights(module, weights)
    return module


if __name__ == "__main__":
    main()
