"""How much is tested: what shows a mistake in minutes, all, or every case of every corpus.

Without anything in the environment `make test` leaves out what takes longest (`LONG`) and takes
small samples of the corpora, and says so. `SHOUSI_REQUIRE_ALL=1`, as in CI, runs all tests, with
larger samples, and `SHOUSI_WHOLE_CORPUS=1` every case.
"""

import os

from tests.support.missing import ALL

WHOLE = "SHOUSI_WHOLE_CORPUS"

LONG = (
    "browser/test_accessible.py::test_every_page_is_accessible",
    "browser/test_admin.py::test_the_admin_s_pages_are_accessible_and_fit",
    "browser/test_kept_pictures.py",
    "browser/test_practising.py::test_every_problem_s_page_opens_without_a_complaint",
    "e2e/test_one_command.py::test_a_problem_is_opened_in_a_folder_and_tried_at_each_save",
    "faults/test_broker_lost.py",
    "faults/test_chaos.py",
    "faults/test_database_lost.py::test_many_processes_write_at_once",
    "faults/test_database_lost.py::test_postgres_away_for_a_while",
    "faults/test_every_process.py::test_each_process_one_after_the_other",
    "faults/test_every_process.py::test_processes_at_random_under_load",
    "faults/test_sandbox_lost.py",
    "hostile/test_hostile.py::test_as_an_ordinary_user_below_a_private_home",
    "hostile/test_ordinary_container.py",
    "integration/api/test_api_fuzzed.py",
    "integration/uploads/test_uploads_survive.py",
    "unit/judge/boards/test_keeping.py::TestBoards",
    "unit/judge/submissions/test_submission_interleavings.py",
    "unit/problems/test_torch_packages.py::test_the_generator_writes_the_data_byte_for_byte",
    "unit/tools/test_environments.py",
    "unit/worker/test_linear.py",
)
"""Files and tests below `tests/` that take half a minute and more on two busy cores."""


def is_whole() -> bool:
    """Whether every case of every corpus is wanted."""
    return os.environ.get(WHOLE) == "1"


def is_quick() -> bool:
    """Whether an answer within minutes is wanted."""
    return not is_whole() and os.environ.get(ALL) != "1"
