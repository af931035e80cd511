import math

import torch
from torch import nn


def init_lora(in_features: int, out_features: int, r: int):
    lora_a = nn.Parameter(torch.empty((r, in_features)))
    lora_b = nn.Parameter(torch.zeros((out_features, r)))
    std = math.sqrt(2 / (1 + 5)) / math.sqrt(in_features)
    with torch.no_grad():
        lora_a.uniform_(-math.sqrt(3) * std, math.sqrt(3) * std)
    return lora_a, lora_b
