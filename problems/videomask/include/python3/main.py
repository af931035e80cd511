"""Calls the submission's video_attention_mask as the case says, answers with the masks."""

from runner import calls, harness


def main():
    case = harness.read_case()
    mask_of = harness.entry("video_attention_mask", "def video_attention_mask(video_embeds)")
    calls.Calls(lambda: mask_of, ["video_embeds"]).answer_all(case["calls"])


if __name__ == "__main__":
    main()
