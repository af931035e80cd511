"""Builds the submission's PreNormBlock with the case's weights, calls it, answers with tensors."""

import functools

import torch

from runner import calls, cases, harness

NORMS = ["norm1.weight", "norm1.bias", "norm2.weight", "norm2.bias"]
PARAMETERS = ["qkv", "proj", "fc1", "fc2", *NORMS]


def main():
    case = harness.read_case()
    block = harness.entry("PreNormBlock", "class PreNormBlock(nn.Module)")
    for prefix, part in calls.parts(case):
        make = functools.partial(make_module, block, part)
        calls.Calls(make, ["x"], PARAMETERS).answer_all(part["calls"], prefix)


def make_module(block, case):
    module = block(case["num_heads"], case["hidden"], case["inner"])
    module = module.to(getattr(torch, case["dtype"]))
    weights = {name: cases.make_tensor(spec) for name, spec in case["weights"].items()}
    cases.load_weights(module, weights)
    return module


if __name__ == "__main__":
    main()
