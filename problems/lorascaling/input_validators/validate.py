"""Exits with 42 when standard input is a question, as `shousi problem data` writes it."""

import json
import sys

question = json.loads(sys.stdin.read())
more = "unit" if question["type"] == "number" else "options"
assert question["type"] in ("single", "multiple", "order", "number"), "type"
assert set(question) == {"id", "type", "text", more}, "keys"
assert more == "unit" or len(question["options"]) > 1, "two options"
texts = [question["text"], *(question["options"].values() if more == "options" else ())]
assert all(text for each in texts for text in each.values()), "texts"
sys.exit(42)
