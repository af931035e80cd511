"""Calls the submission's resize_positions as the case says, answers with tensors."""

from runner import calls, harness

DECLARATION = 'def resize_positions(pos, old_height, old_width, height, width, mode="bicubic")'
INPUTS = ["pos", "old_height", "old_width", "height", "width", "mode"]


def main():
    case = harness.read_case()
    function = harness.entry("resize_positions", DECLARATION)
    for prefix, part in calls.parts(case):
        calls.Calls(lambda: function, INPUTS).answer_all(part["calls"], prefix)


if __name__ == "__main__":
    main()
