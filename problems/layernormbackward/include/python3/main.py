"""Calls the submission's LayerNorm in small networks as the case says, answers with tensors.

Autograd tells whoever asks what it saves for a backward pass. `ctx.save_for_backward` is served
by torch's own `apply`. Whatever else is saved was recorded by autograd in the submission's code,
which has to write the gradient down itself.
"""

import sys

import torch

from runner import calls, harness

INPUTS = ["x", "weight", "bias", "eps", "network"]
DECLARATION = "class LayerNorm(torch.autograd.Function)"
APPLY = torch.autograd.Function.apply.__func__.__code__


def main():
    case = harness.read_case()
    function = harness.entry("LayerNorm", DECLARATION)
    if not issubclass(function, torch.autograd.Function):
        raise TypeError(f"`LayerNorm` must be an autograd function: define `{DECLARATION}`")

    def network(x, weight, bias, eps, network="plain"):
        out = function.apply(x, weight, bias, eps)
        if network == "two":
            return function.apply(out, weight, bias, eps)
        return x + out if network == "residual" else out

    with torch.autograd.graph.saved_tensors_hooks(saved, lambda tensor: tensor):
        for prefix, part in calls.parts(case):
            calls.Calls(lambda: network, INPUTS).answer_all(part["calls"], prefix)


def saved(tensor):
    if sys._getframe(1).f_code is not APPLY:
        raise RuntimeError(
            "autograd records inside LayerNorm: write the gradient's formula yourself, "
            "without torch.enable_grad() or torch.autograd.grad()"
        )
    return tensor


if __name__ == "__main__":
    main()
