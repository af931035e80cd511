import torch


def init_lora(in_features, out_features, r):
    bound = in_features**-0.5
    half = torch.empty((r + 1) // 2, in_features).uniform_(-bound, bound)
    a = torch.cat([half, -half])[:r].clone()
    return a.requires_grad_(), torch.zeros(out_features, r, requires_grad=True)
