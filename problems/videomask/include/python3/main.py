"""Calls the submission's video_attention_mask, answers with the mask, its kind and its device."""

import torch

from runner import cases, harness


def main():
    case = harness.read_case()
    mask_of = harness.entry("video_attention_mask", "def video_attention_mask(video_embeds)")
    for number, spec in enumerate(case["videos"], 1):
        prefix = f"video{number}." if len(case["videos"]) > 1 else ""
        answer_video(mask_of, make_video(spec), spec, prefix)


def make_video(spec):
    """The tensor; with `fill` all its values are that (also nan), with `device` it is there."""
    video = cases.make_tensor(spec)
    if "fill" in spec:
        video.fill_(float(spec["fill"]))
    return video.to(spec.get("device", "cpu"))


def answer_video(mask_of, video, spec, prefix):
    mask = mask_of(video.clone().requires_grad_() if spec.get("tracked") else video)
    if not isinstance(mask, torch.Tensor) or mask.device.type == "cpu":
        cases.emit_tensor(f"{prefix}mask", mask)
    harness.emit_value(f"{prefix}shape", "x".join(map(str, mask.shape)))
    harness.emit_value(f"{prefix}dtype", mask.dtype)
    harness.emit_value(f"{prefix}device", mask.device.type)
    harness.emit_value(f"{prefix}requires_grad", mask.requires_grad)
    if spec.get("echo"):
        cases.emit_tensor(f"{prefix}video", video)


if __name__ == "__main__":
    main()
