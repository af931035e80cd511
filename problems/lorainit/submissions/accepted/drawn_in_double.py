import torch


def init_lora(in_features, out_features, r):
    a = (torch.rand(r, in_features, dtype=torch.float64) * 2 - 1) / in_features**0.5
    a = a.to(torch.float32)
    a.requires_grad = True
    b = torch.zeros((out_features, r), dtype=torch.float32, requires_grad=True)
    return [a, b]
