"""Calls the submission's beam_search with a model made from the case's table; answers tensors."""

import torch

from runner import calls, cases, harness

DECLARATION = "def beam_search(step, prompt, beam_size, max_new_tokens, eos, alpha=1.0)"
SETTINGS = ["beam_size", "max_new_tokens", "eos"]
INPUTS = ["table", "prompt", *SETTINGS, "returned", "layout", "alpha"]


def main():
    case = harness.read_case()
    beam_search = harness.entry("beam_search", DECLARATION)

    def search(table, prompt, beam_size, max_new_tokens, eos, returned, layout, *alpha):
        step = step_of(table, layout)
        found = beam_search(step, prompt, beam_size, max_new_tokens, eos, *alpha)
        if not isinstance(found, (tuple, list)) or len(found) != 2:
            raise TypeError(f"expected two tensors, (tokens, score), got a {type(found).__name__}")
        return found[returned]

    for prefix, part in calls.parts(case):
        calls.Calls(lambda: search, INPUTS).answer_all(part["calls"], prefix)


def step_of(table, layout):
    """The model: each sequence has a row of `table`, laid out as `layout` says."""
    rows, v = table.shape

    def step(tokens):
        if not isinstance(tokens, torch.Tensor):
            raise TypeError(f"step takes a tensor (n, t), got a {type(tokens).__name__}")
        if tokens.dim() != 2 or tokens.dtype != torch.int64 or not tokens.shape[1]:
            given = f"{tuple(tokens.shape)} in {tokens.dtype}"
            raise ValueError(f"step takes int64 tokens of shape (n, t), t at least 1, got {given}")
        if ((tokens < 0) | (tokens >= v)).any():
            raise ValueError(f"step takes ids from 0 to {v - 1}")
        place = torch.zeros(len(tokens), dtype=torch.int64, device="cpu")
        for column in tokens.unbind(1):
            place = (place * v + column + 1) % rows
        return cases.lay_out(table[place], layout)

    return step


if __name__ == "__main__":
    main()
