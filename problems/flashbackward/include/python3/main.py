"""Calls the submission's flash_attention_backward as the case says, answers with tensors.

Of a long sequence a few tokens are answered, and weighted sums of all. Autograd tells whoever asks
what it saves for a backward pass: whoever lets it record hasn't written the gradient down.
"""

import torch

from runner import calls, cases, harness

DECLARATION = "def flash_attention_backward(q, k, v, o, lse, grad_o, causal=False)"
INPUTS = ["q", "k", "v", "o", "lse", "grad_o", "returned", "causal"]


def main():
    case = harness.read_case()
    backward = harness.entry("flash_attention_backward", DECLARATION)

    def one_of_three(q, k, v, o, lse, grad_o, returned, *causal):
        found = backward(q, k, v, o, lse, grad_o, *causal)
        if not isinstance(found, (tuple, list)) or len(found) != 3:
            raise TypeError(f"expected three tensors, (dq, dk, dv), got a {type(found).__name__}")
        return torch.cat(tuple(found), -1) if returned == "all" else found[returned]

    with torch.autograd.graph.saved_tensors_hooks(saved, lambda tensor: tensor):
        for prefix, part in calls.parts(case):
            calls.Calls(lambda: one_of_three, INPUTS, show=show).answer_all(part["calls"], prefix)


def saved(tensor):
    raise RuntimeError(
        "autograd records inside flash_attention_backward: write the gradient's formulas yourself"
    )


def show(name, output, call):
    if "sampled" not in call:
        cases.emit_tensor(name, output)
    elif list(output.shape) == call["weighted"]["shape"]:
        cases.emit_tensor(name, summary(output, call))
    else:
        cases.emit_tensor(name, output.flatten()[:1])  # another shape; the whole would be too long


def summary(output, call):
    """(b, h, n, ...): every `sampled`-th token, then the mean of each so many, weighted by a drawn
    tensor and scaled to the size of a token's numbers."""
    weighted = output * cases.make_tensor(call["weighted"])
    means = weighted.unflatten(2, (-1, call["sampled"])).mean(3) * call["sampled"] ** 0.5
    return torch.cat([output[:, :, :: call["sampled"]], means], 2)


if __name__ == "__main__":
    main()
