"""Compare two sources: the lines that were added and removed, with some lines around them."""

import difflib
from dataclasses import dataclass

from api.services import Services
from judge.submissions.lifecycle import list_submissions, read_submission
from judge.submissions.views import SubmissionSummary, SubmissionView

_CONTEXT = 2
# The time for a comparison may grow with the square of the number of lines.
_MOST_LINES = 1000
_EARLIER = 10


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of the comparison: `kind` is `add`, `cut`, `same`, or `gap` (lines left out)."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A submission compared with `other`, an earlier one by the same user to the same problem.
    `earlier` are all that it can be compared with, newest first. `lines` is None if a source is too
    long."""

    other: SubmissionSummary
    earlier: tuple[SubmissionSummary, ...]
    lines: tuple[DiffLine, ...] | None

    @property
    def num_added(self) -> int:
        """How many lines only the newer source has."""
        return sum(line.kind == "add" for line in self.lines or ())

    @property
    def num_cut(self) -> int:
        """How many lines only the older source has."""
        return sum(line.kind == "cut" for line in self.lines or ())


def compared(ctx: Services, view: SubmissionView, with_id: str) -> Comparison | None:
    """Compare `view` with the submission `with_id`, or with the last one before it; None if there
    is no earlier one."""
    earlier = list_submissions(
        ctx.db, user_id=view.user_id, slug=view.problem, cursor=view.id, limit=_EARLIER
    ).items
    if not earlier:
        return None
    # An id from the address is used only if it is one of these, which the reader may see.
    chosen = next((one for one in earlier if one.id == with_id), earlier[0])
    other = read_submission(ctx.db, chosen.id)
    if other is None:
        return None
    return Comparison(chosen, earlier, difference(other.source, view.source))


def difference(before: str, after: str) -> tuple[DiffLine, ...] | None:
    """Compare two sources line by line; None if one of them is too long to compare quickly."""
    old, new = before.rstrip("\n").split("\n"), after.rstrip("\n").split("\n")
    if max(len(old), len(new)) > _MOST_LINES:
        return None
    found: list[DiffLine] = []
    for group in difflib.SequenceMatcher(None, old, new).get_grouped_opcodes(_CONTEXT):
        # The unchanged lines before a group are left out.
        if group[0][1] > 0:
            found.append(DiffLine("gap", "…"))
        for action, old_start, old_end, new_start, new_end in group:
            if action == "equal":
                found += [DiffLine("same", line) for line in old[old_start:old_end]]
                continue
            found += [DiffLine("cut", line) for line in old[old_start:old_end]]
            found += [DiffLine("add", line) for line in new[new_start:new_end]]
    return tuple(found)
