"""Calls as cases describe them, and what is answered; the script runs where torch is."""

import json
from typing import Any

import pytest

from tests.support.torch_runner import run_forked

HEAD = """
import json, torch
from torch import nn
from runner import calls, cases, harness
harness.in_jail = True

class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(2, 2)
        self.seen = []
    def forward(self, x, mask=None):
        self.seen.append((self.training, torch.is_grad_enabled(), torch.is_inference_mode_enabled(),
                          x.requires_grad, x.is_leaf, x.is_contiguous()))
        return self.lin(x) if mask is None else self.lin(x) * mask

x = {"seed": 1, "shape": [3, 2]}
probe = {"seed": 2, "shape": [3, 2]}
weights = {"lin.weight": {"seed": 3, "shape": [2, 2]}, "lin.bias": {"seed": 4, "shape": [2]}}
def run(made, *given, inputs=("x", "mask"), parameters=("lin",)):
    harness._answers.clear()
    session = calls.Calls(made, inputs, parameters)
    session.answer_all(list(given))
    lines = harness.collected().decode().splitlines()
    return session, [line for line in lines if line.startswith(("tensor", "untold"))]
"""


def ask(script: str) -> Any:
    """What `script` leaves in `result`, over JSON."""
    return json.loads(run_forked(f"{HEAD}{script}\nprint(json.dumps(result))"))


def test_a_call_answers_output_gradients_and_inputs() -> None:
    script = "_, result = run(Scaled, {'x': x, 'probe': probe}, {'x': x, 'keep': True})"
    assert ask(script) == [
        "tensor call1.out float32 3x2",
        "tensor call1.grad.x float32 3x2",
        "tensor call1.grad.lin float32 2x3",
        "tensor call1.x float32 3x2",
        "tensor call2.out float32 3x2",
        "tensor call2.x float32 3x2",
        "tensor call2.out.kept float32 3x2",
    ]


def test_a_call_is_made_as_it_says() -> None:
    script = """
session, _ = run(Scaled, {'x': x}, {'x': x, 'probe': probe, 'mode': 'eval'},
                 {'x': x, 'under': 'no_grad'}, {'x': x, 'under': 'inference_mode'},
                 {'x': {**x, 'layout': 'transposed'}, 'mode': 'train', 'probe': probe, 'needs': []})
result = session.function.seen
"""
    assert ask(script) == [
        [True, True, False, False, True, True],
        [False, True, False, True, False, True],
        [False, False, False, False, True, True],
        [False, False, True, False, True, True],
        [True, True, False, False, True, False],
    ]


def test_a_call_elsewhere_answers_kind_and_device_or_tells_nothing() -> None:
    script = """
away = {'x': x, 'device': 'meta'}
result = [run(Scaled, away)[1]]
result.append(run(lambda: lambda x: x if x.sum() > 0 else -x, away)[1])
result.append(run(lambda: lambda x: torch.ones(3), away)[1])
try:
    run(lambda: lambda x: x + torch.ones(3, 2), away)
except RuntimeError as error:
    result.append(str(error))
"""
    elsewhere, untold, here, error = ask(script)
    assert elsewhere == ["tensor out float32 3x2 device=meta"]
    assert untold == ["untold out"]
    assert here == ["tensor out float32 3"]
    assert "device" in error


ONE_DEVICE = "Expected all tensors to be on the same device: cpu and meta"
ANSWERED_ELSEWHERE = {
    "x + torch.tensor(1.0)": "tensor out float32 3x2 device=meta",
    "x[torch.tensor([2, 0, 1])]": "tensor out float32 3x2 device=meta",
    "x * torch.tensor([1.0, 2.0]).to(x.device)": "tensor out float32 3x2 device=meta",
    "x * torch.ones(2)": ONE_DEVICE,
    "x * torch.zeros(3, 2).copy_(x)": ONE_DEVICE,
    "x * x.cpu()": ONE_DEVICE,
    "torch.zeros(3, 2).copy_(x)": "tensor out float32 3x2",
    "x.cpu()": "tensor out float32 3x2",
    "x.cpu().cumsum(0).to(x.device)": "untold out",
    "x[: int(x.cpu().sum())]": "untold out",
}


def test_two_devices_do_not_mix_where_data_would_not() -> None:
    script = f"""
result = {{}}
for change in {list(ANSWERED_ELSEWHERE)}:
    made = eval('lambda x: ' + change)
    try:
        result[change] = run(lambda: made, {{'x': x, 'device': 'meta', 'echo': False}})[1][0]
    except RuntimeError as error:
        result[change] = str(error)
"""
    assert ask(script) == ANSWERED_ELSEWHERE


@pytest.mark.parametrize(
    ("change", "shown"), [("lambda x: x[:1]", [0.5, 0.5]), ("lambda x: x[:1] * 1", [1.0, 1.0])]
)
def test_a_kept_result_that_shares_memory_changes_with_its_input(
    change: str, shown: list[float]
) -> None:
    script = f"""
ones = {{"values": [[1.0, 1.0]]}}
run(lambda: {change}, {{'x': ones, 'keep': True, 'overwrite': True}}, parameters=())
result = [float(word) for word in harness.collected().decode().splitlines()[-1].split()]
"""
    assert ask(script) == shown


def test_weights_are_loaded_and_laid_out() -> None:
    script = """
first = {'x': x, 'weights': weights, 'weights_layout': 'transposed'}
session, _ = run(Scaled, first)
weight = session.function.lin.weight
result = [weight.stride(), torch.equal(weight, cases.make_tensor(weights['lin.weight']))]
"""
    assert ask(script) == [[1, 2], True]


def test_what_is_read_of_tensors_does_not_go_through_what_torch_was_changed_to() -> None:
    script = """
layer = Scaled()
torch.Tensor.detach = torch.Tensor.tolist = torch.Tensor.reshape = lambda *_: 1 / 0
torch.Tensor.grad = torch.Tensor.requires_grad = property(lambda self: 1 / 0)
torch.autograd.backward = torch.Tensor.backward = lambda *_: 1 / 0
nn.Module.parameters = nn.Module.named_parameters = lambda *_: 1 / 0
nn.Module.zero_grad = nn.Module.modules = lambda *_: 1 / 0
class Other(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return 1 / 0
plain = cases.make_tensor({"values": [1.0, 2.0]})
leaf = plain.clone().requires_grad_()
cases.backward(leaf, plain)
grad = cases.gradient(leaf)
result = [cases.format_tensor("a", plain.as_subclass(Other)), cases.format_tensor("g", grad),
          sorted(cases.parameters(layer)), len(cases.trainable(cases.parameters(layer)))]
"""
    assert ask(script) == [
        "tensor a float32 2\n1 2",
        "tensor g float32 2\n1 2",
        ["lin.bias", "lin.weight"],
        2,
    ]


def test_layouts_keep_values_and_pass_gradients() -> None:
    script = """
spec = {"seed": 5, "shape": [2, 3, 4, 5]}
plain = cases.make_tensor(spec)
result = []
for layout in ("strided", "transposed", "channels_last"):
    leaf, given = cases.make_input({**spec, "layout": layout})
    cases.backward(given, plain)
    result.append([torch.equal(given, plain), given.is_contiguous(),
                   torch.equal(cases.gradient(leaf), plain)])
"""
    assert ask(script) == [[True, False, True]] * 3


def test_large_numbers_cancel() -> None:
    script = """
deep = dict(seed=6, shape=[4, 64], dtype="float64")
x = cases.make_tensor({**deep, "offset": 4096})
w = cases.make_tensor({**deep, "seed": 7, "sum_zero": True})
right, low = x @ w.T, (x.float() @ w.float().T).double()
result = [float(x.mean()), float(w.sum(-1).abs().max()),
          float((right - low).abs().max() / right.abs().max())]
"""
    mean, total, error = ask(script)
    assert abs(mean - 4096) < 1
    assert total < 1e-12
    assert error > 1e-5
