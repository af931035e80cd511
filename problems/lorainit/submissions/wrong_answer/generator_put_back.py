import torch


def init_lora(in_features, out_features, r):
    bound = in_features**-0.5
    with torch.random.fork_rng(devices=[]):
        a = torch.empty(r, in_features).uniform_(-bound, bound)
    return a.requires_grad_(), torch.zeros(out_features, r, requires_grad=True)
