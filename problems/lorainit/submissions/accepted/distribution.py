import torch


def init_lora(in_features, out_features, r):
    bound = 1 / torch.tensor(in_features).sqrt()
    a = torch.distributions.Uniform(-bound, bound).sample((r, in_features))
    b = a.new_zeros((out_features, r))
    for tensor in (a, b):
        tensor.requires_grad_(True)
    return [a, b]
