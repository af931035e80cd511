from torch import nn


class GroupedQueryAttention(nn.Module):
    def __init__(self, num_heads, num_kv_heads, hidden):
        super().__init__()
        self.num_heads, self.num_kv_heads = num_heads, num_kv_heads
        self.d = hidden // num_heads
        self.wq = nn.Linear(hidden, num_heads * self.d, bias=False)
        self.wk = nn.Linear(hidden, num_kv_heads * self.d, bias=False)
        self.wv = nn.Linear(hidden, num_kv_heads * self.d, bias=False)
        self.wo = nn.Linear(num_heads * self.d, hidden, bias=False)

    def forward(self, x, mask=None):
        b, s, hidden = x.shape
        g = self.num_kv_heads
        r = self.num_heads // g
        q = self.wq(x).view(b, s, g, r, self.d).permute(0, 2, 3, 1, 4).reshape(b, g, r * s, self.d)
        k = self.wk(x).view(b, s, g, self.d).permute(0, 2, 3, 1)
        v = self.wv(x).view(b, s, g, self.d).transpose(1, 2)
        scores = (q @ k) / self.d**0.5
        if mask is not None:
            scores.masked_fill_(mask.logical_not()[:, None, None, :], float("-inf"))
        out = scores.softmax(dim=-1) @ v
        out = out.view(b, g, r, s, self.d).permute(0, 3, 1, 2, 4).reshape(b, s, hidden)
        return self.wo(out)
