"""Two programs that exchange messages, in the real jail: on the wire and on plain pipes."""

import pytest

from judge.limits import Limits
from judge.result import Ending
from worker.sandbox.base import HearIf, Interaction, Party, Program, Runtime, Sandbox
from worker.sandbox.lines import MOST_TURNS

_LIMITS = Limits(cpu_s=5.0, wall_s=20.0, output_bytes=1 << 20)
_CHAT = (
    "import os, sys\nfor n in range({}):\n    print(n, flush=True)\n    assert input() == str(n)\n"
)
_ECHO = "import os, sys\nfor n in range({}):\n    print(input(), flush=True)\n"

SHORT, LONG = 3, MOST_TURNS
"""Numbers of rounds, of two turns each: few enough for the wire, and so many that plain pipes are
used.
"""


def _party(source: str, keep: tuple[str, ...] = ()) -> Party:
    program = Program(Runtime.PYTHON, {"main.py": source.encode()}, ("main.py",), keep=keep)
    return Party(program, _LIMITS)


def _talk(
    jail: Sandbox,
    rounds: int,
    party: str,
    partner: str,
    *,
    goes_on: bool = True,
    hear_if: HearIf | None = None,
) -> Interaction:
    """Run a conversation: after some rounds each side continues with its own code. The partner
    leaves files, as validators do.
    """
    return jail.interact(
        _party(_CHAT.format(rounds) + party),
        _party(_ECHO.format(rounds) + partner, ("feedback/*",)),
        lambda _: goes_on,
        hear_if=hear_if,
    )


@pytest.mark.parametrize("rounds", [SHORT, LONG])
def test_what_is_said_first_is_kept(jail: Sandbox, rounds: int) -> None:
    talk = _talk(jail, rounds, "print('end')", "assert input() == 'end'")
    assert (talk.run.exit_code, talk.partner.exit_code) == (0, 0), talk
    assert talk.unheard == (rounds == LONG)
    assert talk.run.stdout.startswith(b"0\n1\n2\n")
    assert talk.partner.stdout.startswith(b"0\n1\n2\n")


def test_last_words_are_kept(jail: Sandbox) -> None:
    """Also the output that a side writes after the other has ended."""
    words = b"0\n1\n2\n" + b"x" * 50_000
    for _ in range(20):
        talk = _talk(jail, SHORT, "print('x' * 50000, end='')", "print('x' * 50000, end='')")
        assert talk.run.stdout == words
        assert talk.partner.stdout == words


def test_both_sides_have_the_same_cpu(jail: Sandbox) -> None:
    """On two idle CPUs each message would take five times as much CPU time."""
    tells = "print(*os.sched_getaffinity(0), end='')"
    talk = _talk(jail, SHORT, tells, tells)
    party, partner = (one.stdout.split(b"\n")[-1] for one in (talk.run, talk.partner))
    assert party == partner
    assert party.isdigit()


def test_nobody_listens_where_that_is_not_worth_while(jail: Sandbox) -> None:
    talk = _talk(jail, SHORT, "", "", hear_if=lambda talk: talk.run.exit_code != 0)
    assert (talk.run.exit_code, talk.partner.exit_code) == (0, 0)
    assert (talk.unheard, talk.run.stdout, talk.partner.stdout) == (True, b"", b"")


@pytest.mark.parametrize("rounds", [SHORT, LONG])
def test_what_is_worth_while_is_listened_to_the_second_time(jail: Sandbox, rounds: int) -> None:
    talk = _talk(jail, rounds, "sys.exit(3)", "", hear_if=lambda talk: talk.run.exit_code == 3)
    assert (talk.run.exit_code, talk.unheard) == (3, rounds == LONG)
    assert talk.run.stdout.startswith(b"0\n1\n2\n")
    assert talk.partner.stdout.startswith(b"0\n1\n2\n")


def test_the_first_time_counts_where_the_second_goes_otherwise(jail: Sandbox) -> None:
    """The outcome depends on chance; a program that reads the clock is enough for that."""
    party = "import time\nsys.exit(time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000 % 125)"
    codes: list[int] = []

    def is_first(talk: Interaction) -> bool:
        codes.append(talk.run.exit_code)
        return len(codes) == 1

    talk = _talk(jail, SHORT, party, "", hear_if=is_first)
    assert (talk.run.exit_code, talk.unheard, len(codes)) == (codes[0], True, 2)


@pytest.mark.parametrize("rounds", [SHORT, LONG])
def test_a_closed_output_is_the_others_end_of_input(jail: Sandbox, rounds: int) -> None:
    """First the party closes its output, then, in reaction to that, the partner. Both keep
    running.
    """
    party = "os.close(1)\nsys.exit(5 if sys.stdin.read() == '' else 6)"
    partner = "read = sys.stdin.read()\nos.close(1)\nsys.exit(7 if read == '' else 8)"
    talk = _talk(jail, rounds, party, partner)
    assert (talk.run.exit_code, talk.partner.exit_code) == (5, 7), talk


@pytest.mark.parametrize("rounds", [SHORT, LONG])
def test_one_that_fails_after_the_other_closed_its_output(jail: Sandbox, rounds: int) -> None:
    """The partner writes everything, closes its output and waits; the party fails by itself."""
    partner = "os.close(1)\nsys.stdin.read()\nsys.exit(43)"
    talk = _talk(jail, rounds, "sys.stdin.read()\nraise SystemExit(3)", partner)
    assert (talk.run.exit_code, talk.partner.exit_code) == (3, 43)
    assert not talk.partner_first


@pytest.mark.parametrize("rounds", [SHORT, LONG])
@pytest.mark.parametrize("leaves", ["os._exit(3)", "os.kill(os.getpid(), 9)"])
def test_who_leaves_first_is_a_fact(jail: Sandbox, rounds: int, leaves: str) -> None:
    """The other side reacts as fast as it can: it fails too."""
    for _ in range(5):
        left = _talk(jail, rounds, "sys.stdin.read()\nos._exit(4)", leaves)
        assert left.partner_first
        leaving = _talk(jail, rounds, leaves, "sys.stdin.read()\nos._exit(43)")
        assert not leaving.partner_first
        assert leaving.partner.exit_code == 43


@pytest.mark.parametrize("rounds", [SHORT, LONG])
def test_a_party_that_may_not_go_on_is_ended(jail: Sandbox, rounds: int) -> None:
    talk = _talk(jail, rounds, "import time\ntime.sleep(60)", "sys.exit(43)", goes_on=False)
    assert (talk.partner_first, talk.run.ending) == (True, Ending.SIGNALED)


@pytest.mark.parametrize("rounds", [SHORT, LONG])
def test_what_is_said_to_nobody_is_taken(jail: Sandbox, rounds: int) -> None:
    """The output is larger than any pipe, and smaller than the limit."""
    talk = _talk(jail, rounds, "print('x' * 900_000, flush=True)", "sys.exit(42)")
    assert (talk.run.ending, talk.run.exit_code) == (Ending.EXITED, 0)
    flood = _talk(jail, rounds, "while True: print('x' * 900_000, flush=True)", "sys.exit(42)")
    assert flood.run.ending is Ending.OUTPUT_LIMIT


@pytest.mark.parametrize("rounds", [SHORT, LONG])
def test_files_of_the_partner_are_kept(jail: Sandbox, rounds: int) -> None:
    partner = "os.mkdir('feedback')\nopen('feedback/said', 'w').write('well done')"
    assert _talk(jail, rounds, "", partner).partner.kept == {"feedback/said": b"well done"}


@pytest.mark.parametrize("hear_if", [None, lambda _: False])
def test_what_the_partner_says_is_not_counted(jail: Sandbox, hear_if: HearIf | None) -> None:
    """It is the party's input, and is longer than the partner's own output limit."""
    party = "sys.exit(3 if len(sys.stdin.read()) == 5 << 20 else 4)"
    partner = "print('x' * (5 << 20), end='', flush=True)\nos.close(1)\nsys.stdin.read()"
    talk = _talk(jail, SHORT, party, partner, hear_if=hear_if)
    assert (talk.run.exit_code, talk.partner.exit_code) == (3, 0), talk


def test_what_nobody_reads_is_told(jail: Sandbox) -> None:
    party = "print('x' * 20_000, flush=True)\nsys.exit(3)"
    talk = _talk(jail, SHORT, party, "import time\ntime.sleep(0.2)", hear_if=lambda _: False)
    assert talk.run.exit_code == 3
    assert talk.unread_bytes == 20_001
