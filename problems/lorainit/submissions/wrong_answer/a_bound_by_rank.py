import torch


def init_lora(in_features, out_features, r):
    bound = r**-0.5
    a = torch.empty(r, in_features).uniform_(-bound, bound)
    return a.requires_grad_(), torch.zeros(out_features, r, requires_grad=True)
