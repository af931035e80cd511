"""Makes the submission's LoRAMerger, takes the case's steps, answers a merged weight."""

from runner import calls, cases, harness

DECLARATION = "class LoRAMerger"
FACTORS = ["a1", "b1", "a2", "b2", "a3", "b3"]
INPUTS = ["weight", "steps", "returned", *FACTORS]


def main():
    case = harness.read_case()
    merger = harness.entry("LoRAMerger", DECLARATION)

    def take_steps(weight, steps, returned, *factors):
        given = dict(zip(FACTORS, factors)) | {"weight": weight}
        made, merged = merger(weight), []
        for do, *rest in steps:
            if do == "add":
                name, number, *numbers = rest
                made.add(name, given[f"a{number}"], given[f"b{number}"], *numbers)
            elif do == "remove":
                made.remove(*rest)
            elif do == "merged":
                merged.append(made.merged())
            else:  # what belongs to the caller may change
                named = [merged[-1]] if rest == ["merged"] else [given[name] for name in rest]
                for one in named:
                    cases.overwrite(one, 0.5)
        return merged[returned]

    for prefix, part in calls.parts(case):
        calls.Calls(lambda: take_steps, INPUTS).answer_all(part["calls"], prefix)


if __name__ == "__main__":
    main()
