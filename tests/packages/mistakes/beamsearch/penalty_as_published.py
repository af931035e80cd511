# told: penalty_of_gnmt.py
import torch


def beam_search(step, prompt, beam_size, max_new_tokens, eos, alpha=1.0):
    def score(pair):
        total, new = pair
        return float(total) * 6**alpha / (5 + len(new)) ** alpha

    live, done = [(0.0, [])], []
    for _ in range(max_new_tokens):
        logits = step(torch.stack([torch.tensor(prompt.tolist() + new) for _, new in live]))
        options = []
        for (total, new), row in zip(live, logits.log_softmax(1)):
            options += [(total + p, [*new, token]) for token, p in enumerate(row)]
        options.sort(key=lambda pair: -float(pair[0]))
        chosen = options[:beam_size]
        done += [pair for pair in chosen if pair[1][-1] == eos]
        live = [pair for pair in chosen if pair[1][-1] != eos]
        if not live:
            break
    best = max(done + live, key=score)
    return torch.tensor(best[1]), torch.as_tensor(score(best), dtype=logits.dtype)
