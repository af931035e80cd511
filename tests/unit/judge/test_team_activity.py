"""The newest submissions of a team's members, on both databases."""

from dataclasses import dataclass

import pytest
from sqlalchemy import update

from judge import monitoring
from judge.accounts import management, users
from judge.db.board_models import Judged
from judge.db.session import Database
from judge.submissions.lifecycle import finish
from judge.teams import invitations, membership
from judge.teams.activity import recent_acts
from judge.teams.membership import Team
from judge.verdict import Verdict
from tests.support.content import add_problem, add_user, submit, sure_claim, verdict


@dataclass
class Group:
    """ann owns the team, bob is in it, eve in none."""

    db: Database
    team: Team
    ann: str
    bob: str
    eve: str

    def sent(self, user_id: str, ending: Verdict, slug: str = "sum", days_ago: int = 0) -> str:
        made = submit(self.db, user_id, slug=slug)
        assert finish(self.db, sure_claim(self.db, made.judging_id), verdict(ending))
        with self.db.write() as session:
            this = update(Judged).where(Judged.submission_id == made.id)
            session.execute(this.values(day=Judged.day - days_ago))
        return made.id

    def told(self, to: str, *, is_admin: bool = False) -> list[tuple[str, str, str, str | None]]:
        acts = recent_acts(self.db, self.team, to, is_admin=is_admin, limit=3)
        return [(act.user, act.problem, act.verdict, act.submission) for act in acts]


@pytest.fixture
def group(db: Database) -> Group:
    for slug in ("sum", "max"):
        add_problem(db, slug)
    ann, bob, eve = (add_user(db, name) for name in ("ann", "bob", "eve"))
    team = membership.create_team(db, ann, "Tuesday")
    word, _ = invitations.invite_to_team(db, team, by=ann)
    invitations.join_team(db, team.slug, bob, word)
    return Group(db, team, ann, bob, eve)


def test_the_newest_acts_come_first_and_open_once_both_have_solved(group: Group) -> None:
    ann, bob = group.ann, group.bob
    group.sent(bob, Verdict.WA, days_ago=9)
    tried = group.sent(ann, Verdict.CE, days_ago=2)
    group.sent(group.eve, Verdict.AC)
    solved = group.sent(ann, Verdict.AC, days_ago=1)
    submit(group.db, bob)  # waits for its verdict
    assert group.told(bob) == [
        ("ann", "sum", "AC", None),
        ("ann", "sum", "CE", None),
        ("bob", "sum", "WA", group.told(ann, is_admin=True)[2][3]),
    ]
    # ann may open her own, and not what bob sent.
    assert [act[3] for act in group.told(ann)] == [solved, tried, None]
    hers = group.sent(bob, Verdict.AC)
    assert [act[3] for act in group.told(ann)] == [hers, solved, tried]
    assert [act[3] for act in group.told(bob)] == [hers, solved, tried]
    group.sent(bob, Verdict.WA, "max")
    assert group.told(ann)[0] == ("bob", "max", "WA", None)
    # An admin who is no member may open everything.
    assert None not in [act[3] for act in group.told(group.eve, is_admin=True)]


def test_withdrawn_problems_and_banned_members_are_left_out(group: Group) -> None:
    db, ann, bob, eve = group.db, group.ann, group.bob, group.eve
    kept = group.sent(ann, Verdict.AC, days_ago=20)
    for days_ago in (4, 3, 2, 1):
        group.sent(ann, Verdict.WA, "max", days_ago)
    group.sent(bob, Verdict.TLE)
    monitoring.withdraw_problem(db, "max", by=eve, withdrawn=True)
    # If the newest are all to a withdrawn problem, the one before them is found.
    assert [act[:3] for act in group.told(ann)] == [("bob", "sum", "TLE"), ("ann", "sum", "AC")]
    boss = users.create_admin(db, "boss").id
    management.change_account(db, management.find_account(db, "bob"), by=boss, banned=True)
    assert group.told(ann) == [("ann", "sum", "AC", kept)]
