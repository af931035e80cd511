"""Builds the submission's CausalSelfAttention with the case's weights, calls it, answers with
tensors."""

import functools

import torch

from runner import calls, cases, harness

DECLARATION = "class CausalSelfAttention(nn.Module)"


def main():
    case = harness.read_case()
    attention = harness.entry("CausalSelfAttention", DECLARATION)
    for prefix, part in calls.parts(case):
        make = functools.partial(make_module, attention, part)
        calls.Calls(make, ["x", "mask"], ["qkv", "proj"]).answer_all(part["calls"], prefix)


def make_module(attention, case):
    module = attention(case["num_heads"], case["hidden"], case["max_len"])
    module = module.to(getattr(torch, case["dtype"]))
    weights = {name: cases.make_tensor(spec) for name, spec in case["weights"].items()}
    cases.load_weights(module, weights)
    return module


if __name__ == "__main__":
    main()
