"""Calls the submission's linear_attention as the case says, answers with tensors.

Of a long sequence a few tokens are answered, and weighted sums of all.
"""

import torch

from runner import calls, cases, harness

DECLARATION = "def linear_attention(q, k, v)"
INPUTS = ["q", "k", "v"]


def main():
    case = harness.read_case()
    attention = harness.entry("linear_attention", DECLARATION)
    for prefix, part in calls.parts(case):
        calls.Calls(lambda: attention, INPUTS, show=show).answer_all(part["calls"], prefix)


def show(name, output, call):
    if "sampled" not in call:
        cases.emit_tensor(name, output)
    elif list(output.shape) == call["v"]["shape"]:
        cases.emit_tensor(name, summary(output, call))
    else:
        cases.emit_tensor(name, output.flatten()[:1])  # another shape; the whole would be too long


def summary(output, call):
    """(b, h, ..., e): every `sampled`-th token, then the mean of each so many, weighted by a drawn
    tensor and scaled to the size of a token's numbers."""
    weighted = output * cases.make_tensor(call["weighted"])
    means = weighted.unflatten(2, (-1, call["sampled"])).mean(3) * call["sampled"] ** 0.5
    return torch.cat([output[:, :, :: call["sampled"]], means], 2)


if __name__ == "__main__":
    main()
