import torch


def apply_rope(x, positions, base=10000.0):
    b, h, s, d = x.shape
    freqs = 1.0 / base ** (torch.arange(0, d, 2, device=x.device).double() / d)
    angles = positions.double().unsqueeze(-1) * freqs
    freqs_cis = torch.polar(torch.ones_like(angles), angles).unsqueeze(1)
    if x.dtype == torch.float32:
        freqs_cis = freqs_cis.to(torch.complex64)
    pairs = x.reshape(b, h, s, 2, d // 2).transpose(-1, -2).contiguous()
    out = torch.view_as_real(torch.view_as_complex(pairs) * freqs_cis)
    return out.transpose(-1, -2).reshape(b, h, s, d)
