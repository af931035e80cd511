"""Takes steps with the submission's adamw_step as the case says, answers with tensors.

A case's `params` are leaves with a state each; a call steps the one that its `of` names.
"""

from contextlib import nullcontext

import torch

from runner import calls, cases, harness

DECLARATION = (
    "def adamw_step(param, grad, state, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)"
)
SETTINGS = ["lr", "betas", "eps", "weight_decay"]


def main():
    case = harness.read_case()
    step = harness.entry("adamw_step", DECLARATION)
    for prefix, part in calls.parts(case):
        Training(step, part).answer_all(prefix)


class Training:
    """The parameters of one case."""

    def __init__(self, step, case):
        self.step = step
        self.case = case
        self.params = {name: cases.make_tensor(spec) for name, spec in case["params"].items()}
        for param in self.params.values():
            param.requires_grad_(case.get("trainable", True))
        self.states = {name: {} for name in self.params}

    def answer_all(self, prefix):
        kept = []
        for name, call in calls.named(self.case["calls"]):
            if "device" in call:
                elsewhere = calls.Calls(lambda: self.step_elsewhere, ["param", "grad"])
                elsewhere.answer(call, prefix + name)
                continue
            param, grad = self.params[call["of"]], cases.make_tensor(call["grad"])
            with torch.no_grad() if call.get("under") == "no_grad" else nullcontext():
                self.step(param, grad, self.states[call["of"]], **settings(call))
            cases.emit_tensor(f"{prefix}{name}out", param)
            cases.emit_tensor(f"{prefix}{name}grad", grad)
            if call.get("overwrite"):
                cases.overwrite(grad, 0.5)
            if call.get("keep"):
                kept.append((f"{prefix}{name}out.kept", param))
        for name, param in kept:
            cases.emit_tensor(name, param)
        self.answer_trained(prefix)

    def answer_trained(self, prefix):
        """The gradient of sum(param * probe): the probe, if param still requires one."""
        cases.forget_gradients(self.params)
        for name, spec in self.case.get("trained", {}).items():
            cases.backward(self.params[name], cases.make_tensor(spec))
            cases.emit_tensor(f"{prefix}trained.{name}", cases.gradient(self.params[name]))

    def step_elsewhere(self, param, grad):
        self.step(param, grad, {})
        return param


def settings(call):
    given = {name: call[name] for name in SETTINGS if name in call}
    return given | ({"betas": tuple(given["betas"])} if "betas" in given else {})


if __name__ == "__main__":
    main()
