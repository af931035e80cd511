import torch


def init_lora(in_features, out_features, r):
    bound = in_features**-0.5
    a = torch.empty(r, in_features).uniform_(-bound, bound)
    b = torch.randn(out_features, r) * 1e-8
    return a.requires_grad_(), b.requires_grad_()
