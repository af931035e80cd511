"""Which tests run: those that take minutes, all tests, or every case of every corpus.

By default `make test` leaves out the longest tests (`LONG`), runs only some cases of tests that
have many (`THINNED`) and small samples of the corpora, and prints this. `SHOUSI_REQUIRE_ALL=1`, as
in CI, runs all tests with larger samples, and `SHOUSI_WHOLE_CORPUS=1` every case.
"""

import os
from collections import Counter

from tests.support.missing import ALL

WHOLE = "SHOUSI_WHOLE_CORPUS"

LONG = (
    "browser/test_accessible.py",
    "browser/test_admin.py",
    "browser/test_boards.py",
    "browser/test_editor.py",
    "browser/test_interview.py",
    "browser/test_kept_pictures.py",
    "browser/test_keyboard.py",
    "browser/test_long_names.py",
    "browser/test_nothing_jumps.py",
    "browser/test_outages.py",
    "browser/test_live.py::test_a_failing_sample_is_downloaded_and_fails_on_one_s_own_machine",
    "browser/test_live.py::test_lists_settle_by_themselves",
    "browser/test_practising.py",
    "browser/test_problem_page.py",
    "browser/test_single_sign_on.py",
    "browser/test_typed_text.py",
    "e2e/test_one_command.py::test_a_problem_is_opened_in_a_folder_and_tried_at_each_save",
    "e2e/test_one_command.py::test_one_home_has_one_launcher",
    "e2e/test_one_command.py::test_what_was_accepted_is_there_after_kill_9",
    "e2e/test_operating_guide.py",
    "faults/test_broker_lost.py",
    "faults/test_chaos.py",
    "faults/test_database_lost.py::test_many_processes_write_at_once",
    "faults/test_database_lost.py::test_postgres_away_for_a_while",
    "faults/test_every_process.py",
    "faults/test_hosts_cut_off.py",
    "faults/test_sandbox_lost.py",
    "faults/test_workers_lost.py::test_a_child_killed_while_judging_is_noticed_at_once",
    "faults/test_workers_lost.py::test_a_child_told_to_stop_puts_back_what_it_holds",
    "faults/test_workers_lost.py::test_a_worker_frozen_past_its_lease_is_not_listened_to",
    "faults/test_workers_lost.py::test_a_worker_told_to_quit_puts_back_what_it_holds",
    "faults/test_workers_lost.py::test_a_worker_told_to_stop_ends_what_it_began",
    "faults/test_workers_lost.py::test_every_message_delivered_three_times",
    "faults/test_workers_lost.py::test_poison_ends_after_exactly_all_attempts",
    "faults/test_workers_lost.py::test_submissions_whose_message_was_never_sent",
    "hostile/test_hostile.py::test_as_an_ordinary_user_below_a_private_home",
    "hostile/test_ordinary_container.py",
    "hostile/test_two_jails.py::test_as_an_ordinary_user",
    "integration/api/test_api_fuzzed.py",
    "integration/api/test_api_nul.py",
    "integration/api/test_cli_completion.py",
    "integration/pages/test_pages_live.py::test_where_no_stream_comes_through_the_panel_is_asked_for",
    "integration/queue/test_backup.py::test_a_backup_cut_short_leaves_the_one_before",
    "integration/queue/test_backup.py::test_what_was_kept_is_judged_elsewhere",
    "integration/queue/test_backup_files.py::test_nobody_sees_the_password_among_a_command_s_arguments",
    "integration/queue/test_batches_go_last.py",
    "integration/queue/test_held_back.py",
    "integration/queue/test_worker_labels.py",
    "integration/uploads/test_rejudges_over_http.py::test_what_was_judged_again_meanwhile_is_left_alone",
    "integration/uploads/test_uploads_memory.py",
    "integration/uploads/test_uploads_survive.py",
    "packages/test_new.py::test_a_new_package_verifies[torch]",
    "packages/test_validators.py::test_a_submission_is_not_charged_for_the_validators_work",
    "packages/test_verify.py::test_command_names_an_accepted_mutant",
    "packages/test_verify.py::test_command_reads_an_archive",
    "packages/test_verify.py::test_events_tell_what_goes_on",
    "unit/cli/test_completion.py::test_without_a_server_no_problem_is_offered",
    "unit/judge/boards/test_keeping.py::TestBoards",
    "unit/judge/submissions/test_submission_interleavings.py",
    "unit/problems/test_torch_packages.py::test_the_generator_writes_the_data_byte_for_byte",
    "unit/tools/test_environments.py",
    "unit/worker/sandbox/forkserver/test_view.py",
    "unit/worker/sandbox/test_landlock.py::test_own_entries_are_read_after_the_kernel_needed_memory",
    "unit/worker/sandbox/test_killed.py",
    "unit/worker/sandbox/test_nothing_left.py::test_after_a_while_the_address_layout_is_another",
    "unit/worker/sandbox/test_nothing_left.py::test_the_result_of_a_run_whose_daemon_lives_on",
    "unit/worker/sandbox/test_probe.py",
    "unit/worker/sandbox/test_process_one.py::test_it_catches_no_signal",
    "unit/worker/sandbox/test_slow_to_die.py",
    "unit/worker/sandbox/test_torch_processes.py::test_temporary_files_are_in_the_runs_own_folder",
    "unit/worker/test_linear.py",
)
"""Files and tests below `tests/` that take at least ten seconds on two busy cores, and for which a
quicker test finds most of the same faults."""

THINNED = {
    "hostile/test_hostile.py::test_case[landlock": 3,
    "hostile/test_hostile.py::test_case[no_groups": 4,
    "hostile/test_two_jails.py::test_as_root": 3,
    "integration/queue/test_wrong_addresses.py::test_a_secret_that_can_not_be_read": 4,
    "integration/queue/test_wrong_addresses.py::test_a_": 2,
    "packages/test_diagnoses.py::test_a_mutant_in_other_words_is_told_its_line": 3,
    "packages/test_diagnoses.py::test_what_people_write": 2,
    "packages/test_verdicts.py::test_verdict": 3,
    "unit/problems/test_array_packages.py::test_generator_writes_the_data_again": 2,
    "unit/worker/sandbox/test_interactive.py::test_who_leaves_first_is_a_fact": 4,
    "unit/worker/sandbox/test_like_cpython.py::test_program": 3,
}
"""Tests with many cases: beginning of their ids -> N, to run every Nth case."""

ON_ONE_DATABASE = ("integration/queue/",)
"""Tests that each start a worker: they run on SQLite only."""


def is_thinned_out(seen: Counter[str], path: str) -> bool:
    """Whether `THINNED` leaves this test out; `seen` counts the earlier cases."""
    for beginning, every in THINNED.items():
        if path.startswith(beginning):
            seen[beginning] += 1
            return seen[beginning] % every != 1
    return False


def is_whole() -> bool:
    """Whether every case of every corpus runs."""
    return os.environ.get(WHOLE) == "1"


def is_quick() -> bool:
    """Whether only the tests run that take minutes."""
    return not is_whole() and os.environ.get(ALL) != "1"
