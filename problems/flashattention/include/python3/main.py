"""Calls the submission's flash_attention as the case says, answers with tensors.

Of a long sequence a few queries are answered, and weighted sums of all.
"""

import torch

from runner import calls, cases, harness

DECLARATION = "def flash_attention(q, k, v, causal=False)"
INPUTS = ["q", "k", "v", "returned", "causal"]


def main():
    case = harness.read_case()
    attention = harness.entry("flash_attention", DECLARATION)

    def one_of_both(q, k, v, returned, *causal):
        found = attention(q, k, v, *causal)
        if not isinstance(found, (tuple, list)) or len(found) != 2:
            raise TypeError(f"expected two tensors, (out, lse), got a {type(found).__name__}")
        return found[returned]

    for prefix, part in calls.parts(case):
        calls.Calls(lambda: one_of_both, INPUTS, show=show).answer_all(part["calls"], prefix)


def show(name, output, call):
    if "sampled" not in call:
        cases.emit_tensor(name, output)
    elif list(output.shape) == call["weighted"]["shape"]:
        cases.emit_tensor(name, summary(output, call))
    else:
        cases.emit_tensor(name, output.flatten()[:1])  # another shape; the whole would be too long


def summary(output, call):
    """(b, h, ...): every `sampled`-th query, then the mean of each so many, weighted by a drawn
    tensor and scaled to the size of a query's numbers."""
    weighted = output * cases.make_tensor(call["weighted"])
    means = weighted.unflatten(2, (-1, call["sampled"])).mean(3) * call["sampled"] ** 0.5
    return torch.cat([output[:, :, :: call["sampled"]], means], 2)


if __name__ == "__main__":
    main()
