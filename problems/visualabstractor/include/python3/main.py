"""Builds the submission's VisualAbstractor with the case's weights, calls it, answers tensors."""

import functools

import torch

from runner import calls, cases, harness


def main():
    case = harness.read_case()
    abstractor = harness.entry("VisualAbstractor", "class VisualAbstractor(nn.Module)")
    for prefix, part in calls.parts(case):
        make = functools.partial(make_module, abstractor, part)
        owned = ["query_tokens", "wq", "wk", "wv", "wo"]
        calls.Calls(make, ["video", "mask"], owned).answer_all(part["calls"], prefix)


def make_module(abstractor, case):
    module = abstractor(case["num_heads"], case["hidden"], case["num_query_tokens"])
    module = module.to(getattr(torch, case["dtype"]))
    weights = {name: cases.make_tensor(spec) for name, spec in case["weights"].items()}
    cases.load_weights(module, weights)
    return module


if __name__ == "__main__":
    main()
