"""From a package on an admin's disk to a problem that strangers solve."""

from tests.integration.api.service import Account, Service, SseEvent, read_stream
from tests.integration.uploads.sending import done, events_of, package, send

MUTANT = "def total(numbers):\n    return sum(abs(number) for number in numbers)\n"


def test_a_sound_package_is_published(working: Service, boss: Account, ada: Account) -> None:
    answer = send(boss, package("published"))
    assert answer.status_code == 202
    assert answer.json()["state"] == "checking"
    location = answer.headers["Location"].removeprefix("/api/v1")
    assert location == f"/uploads/{answer.json()['id']}"
    report = done(boss, location)
    assert (report["state"], report["problem"], report["version"]) == ("published", "published", 1)
    print(report)
    assert 0
