import math

import torch
import torch.nn.functional as F


def get_slopes(n):
    def of_a_power(n):
        start = 2 ** (-(2 ** -(math.log2(n) - 3)))
        return [start * start**i for i in range(n)]

    if math.log2(n).is_integer():
        return of_a_power(n)
    closest = 2 ** math.floor(math.log2(n))
    return of_a_power(closest) + get_slopes(2 * closest)[0::2][: n - closest]


def alibi_attention(q, k, v):
    s = q.shape[2]
    slopes = torch.tensor(get_slopes(q.shape[1]), dtype=q.dtype, device=q.device)
    bias = slopes.view(-1, 1, 1) * torch.arange(s, dtype=q.dtype, device=q.device)
    future = torch.full((s, s), float("-inf"), dtype=q.dtype, device=q.device).triu(1)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=bias + future)
