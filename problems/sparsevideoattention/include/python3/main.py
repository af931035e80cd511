"""Calls the submission's sparse_video_attention as the case says, answers with tensors.

Of a long video a few tokens are answered, and per frame and head a weighted sum of all.
"""

import torch

from runner import calls, cases, harness

DECLARATION = "def sparse_video_attention(q, k, v, frames, window)"
INPUTS = ["q", "k", "v", "frames", "window"]


def main():
    case = harness.read_case()
    attention = harness.entry("sparse_video_attention", DECLARATION)
    for prefix, part in calls.parts(case):
        calls.Calls(lambda: attention, INPUTS, show=show).answer_all(part["calls"], prefix)


def show(name, output, call):
    if "sampled" not in call:
        cases.emit_tensor(name, output)
    elif list(output.shape) == call["q"]["shape"]:
        cases.emit_tensor(name, summary(output, call))
    else:
        cases.emit_tensor(name, output.flatten()[:1])  # another shape; the whole would be too long


def summary(output, call):
    """(b, h, ...): every `sampled`-th token, then the sums over each frame weighted by a drawn
    tensor and scaled to the size of a token's numbers."""
    weighted = output * cases.make_tensor(call["weighted"])
    sums = weighted.unflatten(2, (call["frames"], -1)).flatten(3).sum(3)
    scale = (weighted[0, 0].numel() / call["frames"]) ** -0.5
    return torch.cat([output[:, :, :: call["sampled"]].flatten(2), sums * scale], 2)


if __name__ == "__main__":
    main()
