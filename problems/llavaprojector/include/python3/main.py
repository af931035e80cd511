"""Calls the submission's Projector and its splice as the case says, answers with tensors."""

import functools

import torch

from runner import calls, cases, harness

PARAMETERS = ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"]


def main():
    case = harness.read_case()
    projector = harness.entry("Projector", "class Projector(nn.Module)")
    splice = harness.entry("splice", "def splice(text_embeds, image_embeds, image_mask)")
    for prefix, part in calls.parts(case):
        if "projections" in part:
            make = functools.partial(make_module, projector, part)
            projected = calls.Calls(make, ["x"], PARAMETERS)
            projected.answer_all(part["projections"], f"{prefix}projection.")
        if "splices" in part:
            spliced = calls.Calls(lambda: splice, ["text", "image", "mask"])
            spliced.answer_all(part["splices"], f"{prefix}splice.")


def make_module(projector, case):
    module = projector(case["vision_dim"], case["text_dim"]).to(getattr(torch, case["dtype"]))
    weights = {name: cases.make_tensor(spec) for name, spec in case["weights"].items()}
    cases.load_weights(module, weights)
    return module


if __name__ == "__main__":
    main()
