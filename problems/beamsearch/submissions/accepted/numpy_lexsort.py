import numpy as np
import torch


def beam_search(step, prompt, beam_size, max_new_tokens, eos, alpha=1.0):
    sequences = prompt.numpy()[None, :]
    sums = np.zeros(1)
    found = None
    for length in range(1, max_new_tokens + 1):
        given = step(torch.from_numpy(sequences))
        logits = given.numpy().astype(np.float64)
        top = logits.max(axis=1, keepdims=True)
        logs = logits - top - np.log(np.exp(logits - top).sum(axis=1, keepdims=True))
        totals = sums[:, None] + logs
        beam, token = np.indices(totals.shape).reshape(2, -1)
        order = np.lexsort((token, beam, -totals.ravel()))[:beam_size]
        beam, token, sums = beam[order], token[order], totals.ravel()[order]
        sequences = np.concatenate([sequences[beam], token[:, None]], axis=1)
        last = length == max_new_tokens
        for row, total, one in zip(sequences, sums, token):
            if one == eos or last:
                score = total / length**alpha
                if found is None or score > found[0]:
                    found = score, row[len(prompt) :]
        sequences, sums = sequences[token != eos], sums[token != eos]
        if last or not len(sums):
            break
    return torch.from_numpy(found[1].copy()), torch.tensor(found[0], dtype=given.dtype)
