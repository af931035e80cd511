"""Makes the calls of a submission that a case describes, and answers the result of each.

A call is an entry of the case's list `calls`:

    <input>      a tensor's spec (see `cases.make_tensor`), or a plain number, passed unchanged
    weights      specs of the parameters to load before the call
    weights_layout  the memory layout that the parameters get, as in `cases.lay_out`
    mode         `train` or `eval`
    under        `no_grad` or `inference_mode`: the context in which the call is made
    probe        backpropagates sum(out * probe), and answers the gradients
    needs        the inputs that need gradients. By default these are all float inputs if there is
                 a probe, else none. The other inputs are leaves without gradients
    of           the parameters whose gradients are answered, instead of all
    echo         false: the inputs are not answered
    keep         `out` is answered again after all calls: it must not have changed
    overwrite    before that, the call's inputs are changed in place: `out` must not share memory
    device       `meta`: a new module (or the function) is called with tensors on this device, which
                 have no data; dtype, shape and device of the result are answered
    name         the prefix of the answers' names, instead of `call1`

The answers are `out`, after a probe `grad.<input>` and `grad.<parameter>`, and each tensor among
the inputs with its values after the call: no call may change them. `tools.case_writer.answers`
writes the expected values in the same order.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from runner import cases

Case = Mapping[str, Any]
Show = Callable[[str, Tensor, Case], None]
"""Answers an output in a shorter form. Its arguments: the name's prefix, the output, the call."""

_CONTEXTS: Mapping[str, Callable[[], AbstractContextManager[Any]]] = {
    "grad": nullcontext,
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
}
_OTHER_DEVICE = (
    "is not on the expected device",
    "to be on the same device",
    "but found at least two devices",
    "Expected all tensors to be on",
)
"""Parts of torch's messages when one operation gets tensors on two devices."""
_MIXING = frozenset({"copy_", "_to_copy", "index", "index_put", "index_put_", "_index_put_impl_"})
"""Operations that accept tensors on two devices: copies, and indexing with CPU indices."""


class Calls:
    """Calls one module or function; `finish` ends the calls.

    `make` returns a new module (with the weights and the dtype that a call needs), or the function.
    `inputs` are the arguments' names in order; an input that a call doesn't name isn't passed.
    `parameters` are named as in `cases.gradient_of`.
    """

    def __init__(
        self,
        make: Callable[[], Callable[..., Any]],
        inputs: Sequence[str],
        parameters: Sequence[str] = (),
        show: Show | None = None,
    ) -> None:
        self._make = make
        self._inputs = inputs
        self._parameters = parameters
        self._show = show
        self._kept: list[tuple[str, object, list[object], Case]] = []
        self.function = make()

    def answer_all(self, calls: Sequence[Case], prefix: str = "") -> None:
        """Make and answer every call of a case (or of its part `prefix`), then `finish`."""
        for name, call in named(calls):
            self.answer(call, prefix + name)
        self.finish()

    def answer(self, call: Case, prefix: str = "") -> None:
        """Make one call and answer its result."""
        if "device" in call:
            self._answer_elsewhere(call, prefix)
            return
        if isinstance(self.function, nn.Module):
            if "weights" in call:
                weights = {name: cases.make_tensor(spec) for name, spec in call["weights"].items()}
                cases.load_weights(self.function, weights)
            if "weights_layout" in call:
                cases.lay_out_weights(self.function, call["weights_layout"])
            if "mode" in call:
                self.function.train(call["mode"] == "train")
        leaves, given = self._make_inputs(call)
        with _CONTEXTS[call.get("under", "grad")]():
            output = self.function(*given.values())
        self._answer_output(f"{prefix}out", output, call)
        if "probe" in call:
            if isinstance(self.function, nn.Module):
                cases.forget_gradients(cases.parameters(self.function))
            cases.backward(output, cases.make_tensor(call["probe"]))
            for name, leaf in leaves.items():
                cases.emit_tensor(f"{prefix}grad.{name}", cases.gradient(leaf))
            for name in call.get("of", self._parameters):
                found = cases.gradient_of(self.function, name)
                cases.emit_tensor(f"{prefix}grad.{name}", found)
        for name, value in given.items() if call.get("echo", True) else ():
            if isinstance(value, Tensor):
                cases.emit_tensor(f"{prefix}{name}", value)
        if call.get("keep"):
            self._kept.append((f"{prefix}out.kept", output, list(given.values()), call))

    def finish(self) -> None:
        """Answer the kept outputs again."""
        for _, _, given, call in self._kept:
            for value in given if call.get("overwrite") else ():
                if isinstance(value, Tensor) and value.is_floating_point():
                    cases.overwrite(value, 0.5)
        for name, output, _, call in self._kept:
            self._answer_output(name, output, call)
        self._kept.clear()

    def _answer_output(self, name: str, output: object, call: Case) -> None:
        if self._show is None:
            cases.emit_tensor(name, output)
        else:
            self._show(name, cases.checked(name, output), call)

    def _make_inputs(self, call: Case) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return the leaves that get gradients, and the arguments; both by name."""
        leaves: dict[str, Tensor] = {}
        given: dict[str, Any] = {}
        for name in self._inputs:
            if name not in call:
                continue
            spec = call[name]
            if not isinstance(spec, Mapping):
                given[name] = spec
            elif needs_gradient(call, name, spec):
                leaves[name], given[name] = cases.make_input(spec)
            else:
                given[name] = cases.make_tensor(spec)
        return leaves, given

    def _answer_elsewhere(self, call: Case, prefix: str) -> None:
        """Make a call on a device without data; a failure because of missing data is no error."""
        device = call["device"]
        function = self._make()
        if isinstance(function, nn.Module):
            function = function.to(device)
        given = [
            value.to(device) if isinstance(value, Tensor) else value
            for value in self._make_inputs(call)[1].values()
        ]
        untold = False
        try:
            with _OneDevice() as mode:
                output = function(*given)
            # A result that was left on the CPU is wrong whatever its numbers are.
            untold = mode.guessed and getattr(output, "is_meta", True)
        except Exception as error:
            if any(words in str(error) for words in _OTHER_DEVICE):
                raise
            untold = True
        if untold:
            cases.emit_untold(f"{prefix}out")
        else:
            cases.emit_tensor(f"{prefix}out", output)


class _OneDevice(TorchDispatchMode):  # type: ignore[misc]
    """A context in which an operation on two devices fails as it does if both devices hold data.

    On `meta` many operations look at shapes only. A tensor copied from there to the CPU has no
    data: it is filled with zeros, and `guessed` becomes True. After that only a failure of this
    kind counts as an error.
    """

    guessed = False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        name = func.overloadpacket.__name__
        given = [one for one in tree_leaves((args, kwargs)) if isinstance(one, Tensor)]
        if name == "copy_" and args[1].is_meta and not args[0].is_meta:
            self.guessed = True
            return args[0]
        if name == "_to_copy" and args[0].is_meta and str(kwargs.get("device", "meta")) != "meta":
            self.guessed = True
            kept = {key: kwargs[key] for key in ("dtype", "device") if key in kwargs}
            return torch.zeros(args[0].shape, **({"dtype": args[0].dtype} | kept))
        # A tensor without dimensions counts as a plain number.
        devices = {one.device for one in given if one.dim()}
        if len(devices) > 1 and name not in _MIXING:
            names = " and ".join(sorted(map(str, devices)))
            raise RuntimeError(f"Expected all tensors to be on the same device: {names}")
        return func(*args, **kwargs)


def needs_gradient(call: Case, name: str, spec: Case) -> bool:
    """Whether the call's input `name` requires gradients."""
    if "needs" in call:
        return name in call["needs"]
    return "probe" in call and spec.get("dtype", "float32").startswith("float")


def parts(case: Case) -> Iterator[tuple[str, Case]]:
    """Yield each case under `parts` of a test, with the prefix of its answers' names; without
    parts, yield the test itself. With parts, several small tests share one process."""
    for part in case.get("parts", ()):
        yield f"{part['name']}.", part
    if "parts" not in case:
        yield "", case


def named(calls: Sequence[Case]) -> Iterator[tuple[str, Case]]:
    """Yield each call with the prefix of its answers' names."""
    for number, call in enumerate(calls, 1):
        default = f"call{number}." if len(calls) > 1 else ""
        yield f"{call['name']}." if "name" in call else default, call
