"""Builds the submission's PatchEmbed with the case's weights, calls it, answers with tensors."""

import torch

from runner import cases, harness


def main():
    case = harness.read_case()
    patch_embed = harness.entry("PatchEmbed", "class PatchEmbed(nn.Module)")
    sizes = (case[name] for name in ("img_size", "patch_size", "in_chans", "dim"))
    module = patch_embed(*sizes).to(getattr(torch, case["dtype"]))
    weights = {name: cases.make_tensor(spec) for name, spec in case["weights"].items()}
    cases.load_weights(module, weights)
    for number, call in enumerate(case["calls"], 1):
        prefix = f"call{number}." if len(case["calls"]) > 1 else ""
        answer_call(module.train(call.get("mode") != "eval"), call, prefix)


def answer_call(module, call, prefix):
    leaf, images = cases.make_input(call["images"])
    if call.get("channels_last"):
        images = images.to(memory_format=torch.channels_last)
    output = module(images)
    cases.emit_tensor(f"{prefix}out", output)
    if "probe" in call:
        module.zero_grad()
        cases.backward(output, cases.make_tensor(call["probe"]))
        cases.emit_tensor(f"{prefix}grad.images", cases.gradient(leaf))
        cases.emit_tensor(f"{prefix}grad.proj.weight", cases.gradient(module.proj.weight))
        cases.emit_tensor(f"{prefix}grad.proj.bias", cases.gradient(module.proj.bias))
        cases.emit_tensor(f"{prefix}grad.pos", cases.gradient(module.pos))
    if call.get("echo"):
        harness.emit_value(f"{prefix}pos.requires_grad", module.pos.requires_grad)
        cases.emit_tensor(f"{prefix}images", images)


if __name__ == "__main__":
    main()
