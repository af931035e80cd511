from torch import nn


class SwiGLU(nn.Module):
    def __init__(self, dim, hidden_dim):
        super().__init__()
        linears = nn.Linear(dim, hidden_dim, False), nn.Linear(hidden_dim, dim, False), nn.Linear(dim, hidden_dim, False)
        for number, linear in enumerate(linears, 1):
            nn.init.trunc_normal_(linear.weight, std=0.02)
            self.add_module(f"w{number}", linear)
        self.act = nn.SiLU()

    def forward(self, x):
        *leading, dim = x.shape
        flat = x.reshape(-1, dim)
        return self.w2(self.act(self.w1(flat)).mul(self.w3(flat))).view(*leading, dim)
