"""Calls the submission's Projector and its splice as the case says, answers with tensors."""

import torch

from runner import cases, harness


def main():
    case = harness.read_case()
    projector = harness.entry("Projector", "class Projector(nn.Module)")
    splice = harness.entry("splice", "def splice(text_embeds, image_embeds, image_mask)")
    if "projections" in case:
        module = projector(case["vision_dim"], case["text_dim"]).to(getattr(torch, case["dtype"]))
        weights = {name: cases.make_tensor(spec) for name, spec in case["weights"].items()}
        cases.load_weights(module, weights)
        for number, call in enumerate(case["projections"], 1):
            answer_projection(
                module.train(call.get("mode") != "eval"), call, f"projection{number}."
            )
    for number, call in enumerate(case.get("splices", []), 1):
        answer_splice(splice, call, f"splice{number}.")


def answer_projection(module, call, prefix):
    leaf, x = cases.make_input(call["x"])
    output = module(x)
    cases.emit_tensor(f"{prefix}out", output)
    if "probe" in call:
        module.zero_grad()
        cases.backward(output, cases.make_tensor(call["probe"]))
        cases.emit_tensor(f"{prefix}grad.x", cases.gradient(leaf))
        for name, parameter in (("fc1", module.fc1), ("fc2", module.fc2)):
            cases.emit_tensor(f"{prefix}grad.{name}.weight", cases.gradient(parameter.weight))
            cases.emit_tensor(f"{prefix}grad.{name}.bias", cases.gradient(parameter.bias))
    if call.get("echo"):
        cases.emit_tensor(f"{prefix}x", x)


def answer_splice(splice, call, prefix):
    text_leaf, text = cases.make_input(call["text"])
    image_leaf, image = cases.make_input(call["image"])
    mask = cases.make_tensor(call["mask"])
    output = splice(text, image, mask)
    cases.emit_tensor(f"{prefix}out", output)
    if "probe" in call:
        cases.backward(output, cases.make_tensor(call["probe"]))
        cases.emit_tensor(f"{prefix}grad.text", cases.gradient(text_leaf))
        cases.emit_tensor(f"{prefix}grad.image", cases.gradient(image_leaf))
    if call.get("echo"):
        cases.emit_tensor(f"{prefix}text", text)
        cases.emit_tensor(f"{prefix}image", image)
        cases.emit_tensor(f"{prefix}mask", mask)


if __name__ == "__main__":
    main()
