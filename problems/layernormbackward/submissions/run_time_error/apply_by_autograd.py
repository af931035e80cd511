import torch
from torch import nn


class LayerNorm(torch.autograd.Function):
    @staticmethod
    def apply(x, weight, bias, eps):
        return nn.functional.layer_norm(x, x.shape[-1:], weight, bias, eps)
