"""Builds the submission's TemporalAbstractor with the case's weights, calls it, answers tensors."""

import functools

import torch

from runner import calls, cases, harness

TOKENS = ["query_tokens", "temporal_query_tokens", "frame_embeds"]
LINEARS = ["wq", "wk", "wv", "wo", "temporal_wo"]


def main():
    case = harness.read_case()
    abstractor = harness.entry("TemporalAbstractor", "class TemporalAbstractor(nn.Module)")
    for prefix, part in calls.parts(case):
        make = functools.partial(make_module, abstractor, part)
        made = calls.Calls(make, ["video", "lengths"], TOKENS + LINEARS)
        made.answer_all(part["calls"], prefix)


def make_module(abstractor, case):
    sizes = (case[name] for name in ("num_heads", "hidden", "num_query_tokens", "num_frames"))
    module = abstractor(*sizes).to(getattr(torch, case["dtype"]))
    weights = {name: cases.make_tensor(spec) for name, spec in case["weights"].items()}
    cases.load_weights(module, weights)
    return module


if __name__ == "__main__":
    main()
