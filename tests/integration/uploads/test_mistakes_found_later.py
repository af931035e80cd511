"""Packages that came with the service: their mistakes are looked at in the background."""

from judge.mistakes import mutants
from judge.problem_package.load import load
from judge.problems.publish import install
from tests.integration.api.service import Account, Service
from tests.integration.uploads.sending import verdict_of
from tests.packages.data import SHIPPED_PROBLEMS
from tests.support.stack import wait_until

NEVER_RESETS = """\
def max_subarray(nums):
    sums = [nums[0]]
    for x in nums[1:]:
        sums.append(sums[-1] + x)
    return max(sums)
"""


LINE = "Looks only at subarrays that start with the first number."


def test_an_installed_package_gets_its_diagnoses_by_the_way(working: Service, ada: Account) -> None:
    package = load(SHIPPED_PROBLEMS / "maxsubarray")
    install(working.db, package)
    wrong = {one.path for one in package.submissions if mutants.is_mutant(one.expected)}
    early = verdict_of(ada, "maxsubarray", NEVER_RESETS)
    assert (early["verdict"], early["diagnosis"]) == ("WA", None)

    def told_later() -> bool:
        shown = ada.http.get(f"/submissions/{early['id']}").raise_for_status().json()
        return bool(shown["diagnosis"] == LINE)

    wait_until(told_later, "the diagnosis of what was judged before", 280)
    assert mutants.recorded(working.db, package.sha256) == wrong
    found = verdict_of(ada, "maxsubarray", NEVER_RESETS)
    assert (found["verdict"], found["diagnosis"]) == ("WA", LINE)
