"""Calls the submission's sparse_video_attention as the case says, answers with tensors.

Of a long video a few tokens are answered, and per frame and head a weighted sum of all.
"""

from runner import cases, harness

DECLARATION = "def sparse_video_attention(q, k, v, frames, window)"


def main():
    case = harness.read_case()
    attention = harness.entry("sparse_video_attention", DECLARATION)
    for number, call in enumerate(case["calls"], 1):
        prefix = f"call{number}." if len(case["calls"]) > 1 else ""
        answer_call(attention, call, prefix)


def answer_call(attention, call, prefix):
    leaves, given = zip(*(make_input(call, name) for name in ("q", "k", "v")), strict=True)
    output = attention(*given, call["frames"], call["window"])
    cases.checked(f"{prefix}out", output)
    harness.emit_value(f"{prefix}out.shape", "x".join(map(str, output.shape)))
    if output.shape != given[0].shape:
        return  # the line above tells; the rest would be as large as what came
    if "sampled" in call:
        answer_summary(output.detach(), call, prefix)
    else:
        cases.emit_tensor(f"{prefix}out", output)
    if "probe" in call:
        cases.backward(output, cases.make_tensor(call["probe"]))
        for name, leaf in zip("qkv", leaves, strict=True):
            cases.emit_tensor(f"{prefix}grad.{name}", cases.gradient(leaf))
    if call.get("echo"):
        for name, tensor in zip("qkv", given, strict=True):
            cases.emit_tensor(f"{prefix}{name}", tensor)


def make_input(call, name):
    """The leaf (itself, where no gradient is asked for), and what the submission gets."""
    if "probe" in call:
        leaf, tensor = cases.make_input(call[name])
    else:
        leaf = tensor = cases.make_tensor(call[name])
    if call.get("tokens_first"):  # stored as (b, t*n, h, d), as projections give it
        tensor = tensor.transpose(1, 2).contiguous().transpose(1, 2)
    return leaf, tensor


def answer_summary(output, call, prefix):
    """Every `sampled`-th token, and sums over each frame weighted by a drawn tensor: (b, h, t)."""
    weighted = output * cases.make_tensor(call["weighted"])
    frames = weighted.unflatten(2, (call["frames"], -1)).sum(dim=(3, 4))
    cases.emit_tensor(f"{prefix}out.sampled", output[:, :, :: call["sampled"]])
    cases.emit_tensor(f"{prefix}out.frame_sums", frames)


if __name__ == "__main__":
    main()
