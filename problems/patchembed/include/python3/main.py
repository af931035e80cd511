"""Builds the submission's PatchEmbed with the case's weights, calls it, answers with tensors."""

import functools

import torch

from runner import calls, cases, harness


def main():
    case = harness.read_case()
    patch_embed = harness.entry("PatchEmbed", "class PatchEmbed(nn.Module)")
    for prefix, part in calls.parts(case):
        make = functools.partial(make_module, patch_embed, part)
        parameters = ["proj.weight", "proj.bias", "pos"]
        calls.Calls(make, ["images"], parameters).answer_all(part["calls"], prefix)


def make_module(patch_embed, case):
    sizes = (case[name] for name in ("img_size", "patch_size", "in_chans", "dim"))
    module = patch_embed(*sizes).to(getattr(torch, case["dtype"]))
    weights = {name: cases.make_tensor(spec) for name, spec in case["weights"].items()}
    cases.load_weights(module, weights)
    return module


if __name__ == "__main__":
    main()
