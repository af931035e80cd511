import torch


def init_lora(in_features, out_features, r):
    bound = in_features**-0.5
    row = torch.empty(in_features).uniform_(-bound, bound)
    a = torch.stack([row.roll(i) for i in range(r)])
    return a.requires_grad_(), torch.zeros(out_features, r, requires_grad=True)
