"""Builds the submission's CachedAttention with the case's weights and calls it, handing it caches
that it returned or that the case gives; answers with tensors.

A call's `cache` is the name of an earlier call, whose cache is handed over; `k` and `v` give one
as tensors. The other keys are as in `runner.calls`.
"""

from contextlib import nullcontext

import torch
from torch import nn

from runner import calls, cases, harness

DECLARATION = "class CachedAttention(nn.Module)"
CONTEXTS = {"grad": nullcontext, "no_grad": torch.no_grad, "inference_mode": torch.inference_mode}


def main():
    case = harness.read_case()
    attention = harness.entry("CachedAttention", DECLARATION)
    for prefix, part in calls.parts(case):
        Decoding(attention, part).answer_all(prefix)


class Decoding:
    """The calls of one module."""

    def __init__(self, attention, case):
        self.attention = attention
        self.case = case
        self.module = self.make()
        self.caches = {}
        self.kept = []

    def make(self):
        module = self.attention(self.case["num_heads"], self.case["hidden"])
        module = module.to(getattr(torch, self.case["dtype"]))
        load(module, self.case["weights"])
        return module

    def answer_all(self, prefix):
        for name, call in calls.named(self.case["calls"]):
            if "device" in call:
                elsewhere = calls.Calls(lambda: Step(self.make()), ["x", "k", "v", "result"])
                elsewhere.answer(call, prefix + name)
            else:
                self.answer(call, prefix + name)
        for _, tensors, overwritten in self.kept:
            for tensor in overwritten:
                cases.overwrite(tensor, 0.5)
        for name, tensors, _ in self.kept:
            for what, tensor in tensors.items():
                cases.emit_tensor(f"{name}{what}.kept", tensor)

    def answer(self, call, name):
        load(self.module, call.get("weights", {}))
        if "mode" in call:
            self.module.train(call["mode"] == "train")
        given = {word: cases.make_tensor(call[word]) for word in ("x", "k", "v") if word in call}
        cache = (given["k"], given["v"]) if "k" in given else self.caches.get(call.get("cache"))
        with CONTEXTS[call.get("under", "grad")]():
            result = self.module(given["x"], *([] if cache is None else [cache]))
        out, (k, v) = unpacked(result)
        results = {"out": out, "cache.k": k, "cache.v": v}
        for what, tensor in results.items():
            cases.emit_tensor(name + what, tensor)
        for word, tensor in given.items() if call.get("echo", True) else ():
            cases.emit_tensor(name + word, tensor)
        if call.get("keep"):
            self.kept.append((name, results, given.values() if call.get("overwrite") else ()))
        self.caches[call.get("name")] = (k, v)


class Step(nn.Module):
    """One call with tensors of another device; gives the one result that is asked for."""

    def __init__(self, attention):
        super().__init__()
        self.attention = attention

    def forward(self, x, *more):
        *cache, asked = more
        out, (k, v) = unpacked(self.attention(x, *([tuple(cache)] if cache else [])))
        return {"out": out, "k": k, "v": v}[asked]


def load(module, specs):
    weights = {name: cases.make_tensor(spec) for name, spec in specs.items()}
    cases.load_weights(module, weights)


def unpacked(result):
    """(out, (k, v)) out of what `forward` returned; TypeError where it is something else."""
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise TypeError("forward must return two things, the output and the cache")
    if not isinstance(result[1], (tuple, list)) or len(result[1]) != 2:
        raise TypeError("the cache that forward returns must be a pair of tensors (k, v)")
    return result


if __name__ == "__main__":
    main()
