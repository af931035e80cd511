"""Packages that came with the service: their mistakes are looked at in the background."""

from judge import mutants
from judge.problem_package.load import load
from judge.problem_package.publish import install
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


def test_an_installed_package_gets_its_diagnoses_by_the_way(working: Service, ada: Account) -> None:
    package = load(SHIPPED_PROBLEMS / "maxsubarray")
    install(working.db, package)
    wrong = {one.path for one in package.submissions if mutants.is_mutant(one.expected)}
    wait_until(
        lambda: mutants.recorded(working.db, package.sha256) == wrong, "the mutants' outputs", 280
    )
    found = verdict_of(ada, "maxsubarray", NEVER_RESETS)
    assert found["verdict"] == "WA"
    assert found["diagnosis"] == "Looks only at subarrays that start with the first number."
