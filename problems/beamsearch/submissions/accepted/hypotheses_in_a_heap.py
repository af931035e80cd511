import heapq
from dataclasses import dataclass

import torch


@dataclass
class Hypothesis:
    tokens: torch.Tensor
    total: torch.Tensor

    def score(self, start, alpha):
        return self.total / (len(self.tokens) - start) ** alpha


def beam_search(step, prompt, beam_size, max_new_tokens, eos, alpha=1.0):
    start = len(prompt)
    beam = [Hypothesis(prompt, torch.tensor(0.0, dtype=torch.float64))]
    ended = []
    while beam and len(beam[0].tokens) < start + max_new_tokens:
        logits = step(torch.stack([one.tokens for one in beam]))
        log_p = logits.double() - logits.double().logsumexp(dim=1, keepdim=True)
        options = (
            (-(one.total + p).item(), b, token)
            for b, one in enumerate(beam)
            for token, p in enumerate(log_p[b])
        )
        # Tuples: the sum, then the hypothesis, then the token.
        chosen = heapq.nsmallest(beam_size, options)
        grown = [
            Hypothesis(torch.cat([beam[b].tokens, torch.tensor([token])]), beam[b].total + log_p[b, token])
            for _, b, token in chosen
        ]
        ended += [one for one in grown if one.tokens[-1] == eos]
        beam = [one for one in grown if one.tokens[-1] != eos]
    best = max(ended + beam, key=lambda one: float(one.score(start, alpha)))
    return best.tokens[start:], best.score(start, alpha).to(logits.dtype)
