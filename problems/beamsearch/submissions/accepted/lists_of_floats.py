import math

import torch


def log_softmax(row):
    top = max(row)
    log_sum = top + math.log(sum(math.exp(x - top) for x in row))
    return [x - log_sum for x in row]


def beam_search(step, prompt, beam_size, max_new_tokens, eos, alpha=1.0):
    live = [(0.0, [])]
    done = []
    start = prompt.tolist()
    dtype = None
    for n in range(1, max_new_tokens + 1):
        candidates = []
        for total, new in live:
            logits = step(torch.tensor([start + new]))
            dtype = logits.dtype
            for token, one in enumerate(log_softmax(logits[0].tolist())):
                if one != -math.inf:
                    candidates.append((total + one, [*new, token]))
        candidates.sort(key=lambda pair: pair[0], reverse=True)
        live = []
        for total, new in candidates[:beam_size]:
            if new[-1] == eos:
                done.append((total / n**alpha, new))
            else:
                live.append((total, new))
        if not live:
            break
    done += [(total / max_new_tokens**alpha, new) for total, new in live]
    best = done[0]
    for pair in done:
        if pair[0] > best[0]:
            best = pair
    return torch.tensor(best[1]), torch.tensor(best[0], dtype=dtype)
