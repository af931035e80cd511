import math

import torch


def sample(logits, u, temperature=1.0, top_k=0, top_p=1.0):
    tokens = []
    for row, number in zip(logits.tolist(), u.tolist()):
        order = sorted(range(len(row)), key=lambda i: (-row[i], i))
        if temperature == 0:
            tokens.append(order[0])
            continue
        if top_k:
            order = order[:top_k]
        weights = [math.exp((row[i] - row[order[0]]) / temperature) for i in order]
        total, kept, reached = sum(weights), [], 0.0
        for token, weight in zip(order, weights):
            if weight == 0:
                break
            kept.append((token, weight))
            reached += weight
            if reached >= top_p * total:
                break
        below, chosen = 0.0, kept[-1][0]
        for token, weight in kept:
            below += weight
            if below > number * reached:
                chosen = token
                break
        tokens.append(chosen)
    return torch.tensor(tokens, dtype=torch.int64, device=logits.device)
