import torch


def init_lora(in_features, out_features, r):
    bound = in_features**-0.5
    a = (2 * torch.rand(r, in_features) - 1) * bound
    a.requires_grad = True
    return a, torch.zeros(out_features, r, requires_grad=True)
