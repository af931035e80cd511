"""Tensors from specs, weights and answers; the script runs where torch is."""

import json

from tests.support.torch_runner import run_forked

MASK = (1 << 64) - 1


def splitmix(seed: int, index: int) -> int:
    """SplitMix64's output `index` as its authors print it, the top 24 bits."""
    z = (seed + (index + 1) * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return (z ^ (z >> 31)) >> 40


def ask(script: str) -> object:
    """What `script` leaves in `result`, over JSON."""
    head = "import json, torch\nfrom torch import nn\nfrom runner import cases, harness\n"
    return json.loads(run_forked(f"{head}{script}\nprint(json.dumps(result))"))


def test_drawn_tensors_are_splitmix() -> None:
    specs = [{"seed": seed, "shape": [3, 4]} for seed in (0, 7, -1, 1 << 63)]
    got = ask(f"result = [cases.make_tensor(s).tolist() for s in {specs!r}]")
    expected = []
    for spec in specs:
        seed = spec["seed"]
        assert isinstance(seed, int)
        flat = [(splitmix(seed, i) - (1 << 23)) / (1 << 23) for i in range(12)]
        expected.append([flat[i : i + 4] for i in (0, 4, 8)])
    assert got == expected


def test_specs_have_dtype_scale_layout() -> None:
    script = """
base = {"seed": 5, "shape": [2, 3]}
plain = cases.make_tensor(base)
view = cases.make_tensor({**base, "strided": True})
double = cases.make_tensor({**base, "dtype": "float64", "scale": 0.5})
below = cases.make_tensor({"seed": 5, "shape": [100], "dtype": "int64", "below": 3})
truth = cases.make_tensor({"seed": 5, "shape": [100], "dtype": "bool", "below": 2})
eye = cases.make_tensor({"eye": 2})
mergeable = view.stride(0) == view.size(1) * view.stride(1)
result = [torch.equal(plain, view), view.is_contiguous(), mergeable, str(double.dtype),
          torch.equal(double, plain.double() / 2), sorted(set(below.tolist())),
          sorted(set(truth.tolist())), eye.tolist()]
"""
    assert ask(script) == [
        True,
        False,
        False,
        "torch.float64",
        True,
        [0, 1, 2],
        [False, True],
        [[1.0, 0.0], [0.0, 1.0]],
    ]


def test_specs_do_not_follow_the_defaults_that_a_submission_sets() -> None:
    script = """
torch.set_default_dtype(torch.float64)
torch.set_default_device("meta")
made = [cases.make_tensor(s) for s in ({"seed": 1, "shape": [2]}, {"values": [1.5]}, {"eye": 1})]
made += [cases.make_tensor({"seed": 1, "shape": [2], "strided": True})]
result = [[str(t.dtype), str(t.device)] for t in made]
"""
    assert ask(script) == [["torch.float32", "cpu"]] * 4


def test_an_input_may_be_changed_in_place_and_gets_its_gradient() -> None:
    script = """
result = []
for spec in ({"values": [[1.0, 2.0]]}, {"values": [[1.0, 2.0]], "strided": True}):
    leaf, x = cases.make_input(spec)
    x.mul_(3)
    cases.backward(x, torch.ones(1, 2))
    result.append([x.tolist(), leaf.tolist(), cases.gradient(leaf).tolist()])
"""
    assert ask(script) == [[[[3.0, 6.0]], [[1.0, 2.0]], [[3.0, 3.0]]]] * 2


def test_a_gradient_that_does_not_arrive_is_zero() -> None:
    script = """
leaf, x = cases.make_input({"values": [1.0, 2.0]})
cases.backward(x.detach(), torch.ones(2))
cases.backward(x, torch.ones(3))
result = cases.gradient(leaf).tolist()
"""
    assert ask(script) == [0.0, 0.0]


def test_weights_are_loaded_or_refused_in_words() -> None:
    script = """
module = nn.Sequential(nn.Linear(2, 3))
result = []
for name, weight in (
    ("0.bias", torch.ones(3)),
    ("wq.weight", torch.ones(3, 2)),
    ("0.weight", torch.ones(2, 3)),
    ("0.weight", torch.ones(3, 2).double()),
):
    try:
        cases.load_weights(module, {name: weight})
        result.append(module[0].bias.tolist())
    except (AttributeError, ValueError) as error:
        result.append(str(error))
"""
    assert ask(script) == [
        [1.0, 1.0, 1.0],
        "Sequential has no parameter `wq.weight`, shape (3, 2)",
        "`0.weight` has shape (3, 2), expected (2, 3)",
        "`0.weight` has dtype torch.float32, expected torch.float64",
    ]


def test_every_registered_tensor_is_found_whatever_the_module_says() -> None:
    script = """
class Inner(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("kept", torch.zeros(1))
        self.register_buffer("left_out", torch.zeros(2), persistent=False)
        self.register_buffer("nothing", None)
class Outer(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(3))
        self.inner = Inner()
    def state_dict(self, *args, **kwargs): return {}
    def named_buffers(self, *args, **kwargs): return iter(())
layer = Outer()
result = {name: one.numel() for name, one in cases.registered(layer).items()}
result["parameters"] = list(cases.parameters(layer))
"""
    expected = {"weight": 3, "inner.kept": 1, "inner.left_out": 2, "parameters": ["weight"]}
    assert ask(script) == expected


def test_answers_are_text() -> None:
    script = """
harness.in_jail = True
cases.emit_tensor("a", torch.tensor([[0.1, -2.0]], requires_grad=True))
cases.emit_tensor("b", torch.tensor(0.1, dtype=torch.float64))
cases.emit_tensor("c", torch.tensor([True, False]))
cases.emit_tensor("d", torch.tensor([[1, 2], [3, 1 << 60]]))
cases.emit_tensor("e", torch.zeros(0, 3))
cases.emit_tensor("f", torch.tensor([float("nan"), float("-inf")]))
cases.emit_tensor("g", torch.arange(4.0).reshape(2, 2).T)
result = harness.collected().decode().splitlines()
"""
    assert ask(script) == [
        "tensor a float32 1x2",
        "0.100000001 -2",
        "tensor b float64 scalar",
        "0.10000000000000001",
        "tensor c bool 2",
        "1 0",
        "tensor d int64 2x2",
        "1 2",
        f"3 {1 << 60}",
        "tensor e float32 0x3",
        "tensor f float32 2",
        "nan -inf",
        "tensor g float32 2x2",
        "0 2",
        "1 3",
    ]


def test_what_is_no_tensor_is_refused_in_words() -> None:
    script = """
result = []
for value in (None, (torch.ones(1),), 3.0, torch.ones(2).to_sparse(), torch.ones(1) * 1j):
    try:
        cases.emit_tensor("out", value)
    except TypeError as error:
        result.append(str(error))
"""
    assert ask(script) == [
        "`out` is None, expected a tensor: is a `return` missing?",
        "`out` is a tuple, expected a tensor",
        "`out` is a float, expected a tensor",
        "`out` must be a real, dense tensor, got torch.float32",
        "`out` must be a real, dense tensor, got torch.complex64",
    ]


def test_defaults_set_by_a_submission_as_it_is_imported_are_put_back(tmp_path: object) -> None:
    submission = (
        "import torch\n"
        "torch.set_default_dtype(torch.float64)\n"
        "torch.set_default_device('meta')\n"
        "torch.set_grad_enabled(False)\n"
        "class Net(torch.nn.Module): ...\n"
        "class Plain: ...\n"
    )
    script = f"""
import pathlib, tempfile
folder = pathlib.Path(tempfile.mkdtemp())
(folder / "submission.py").write_text({submission!r})
harness.in_jail = True
harness._main_folder = lambda: folder
harness.entry("Net", "class Net(nn.Module)")
result = [str(torch.ones(1).dtype), str(torch.ones(1).device), torch.is_grad_enabled()]
try:
    harness.entry("Plain", "class Plain(nn.Module)")
except TypeError as error:
    result.append(str(error))
"""
    assert ask(script) == [
        "torch.float32",
        "cpu",
        True,
        "`Plain` must be a torch module: define `class Plain(nn.Module)`",
    ]
