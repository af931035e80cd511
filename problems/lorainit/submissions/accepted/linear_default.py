from torch import nn


def init_lora(in_features, out_features, r):
    """nn.Linear's own start is Kaiming-uniform with a = sqrt(5)."""
    down = nn.Linear(in_features, r, bias=False)
    up = nn.Linear(r, out_features, bias=False)
    nn.init.zeros_(up.weight)
    return down.weight, up.weight
