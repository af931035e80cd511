"""The report of an upload in pages: which programs it lists, also while the check goes on."""

import io
from dataclasses import asdict
from html import unescape

from judge import background_jobs
from judge.background_jobs import ChoreClaim, ChoreKind
from judge.uploads import lifecycle
from judge.uploads.outcome import CheckedSubmission, UploadReport
from judge.verdict import Verdict
from tests.integration.api.service import Service
from tests.integration.pages.browser import Browser

PROGRAMS = {
    "accepted/a.py": Verdict.AC,
    "wrong_answer/b.py": Verdict.WA,
    "wrong_answer/c.py": Verdict.AC,
}


def checking(service: Service, user: str) -> tuple[str, ChoreClaim]:
    """The address of an upload that is being checked, and its check's claim."""
    owner = service.account("admin").id
    id = lifecycle.store(
        service.db, user_id=owner, file_name=f"{user}.zip", dry_run=True, archive=io.BytesIO(b"x")
    )
    claim = background_jobs.claim_next(
        service.db, worker="test", lease_s=60, max_attempts=3, kinds=[ChoreKind.UPLOAD]
    )
    assert claim is not None
    assert lifecycle.note(service.db, claim, "checking", {})
    assert lifecycle.note(service.db, claim, "package", {"submissions": len(PROGRAMS)})
    return f"/admin/uploads/{id}", claim


def judged(path: str) -> CheckedSubmission:
    expected = Verdict.AC if path.startswith("accepted") else Verdict.WA
    verdict = PROGRAMS[path]
    ok = verdict is expected
    return CheckedSubmission(
        f"submissions/{path}", "python3", (expected,), verdict, ok, 0.1, 1 << 20, (), ""
    )


def judge(service: Service, claim: ChoreClaim, path: str) -> None:
    assert lifecycle.note(service.db, claim, "submission", asdict(judged(path)))


def listed(html: str) -> list[str]:
    return [path for path in PROGRAMS if f"<code>{path}</code>" in html]


def test_chips_choose_what_a_report_lists(service: Service) -> None:
    with Browser(service.url) as boss, Browser(service.url, "zh") as reader:
        boss.sign_in_as(service, service.account("admin"))
        reader.sign_in_as(service, service.account("admin"))
        there, claim = checking(service, boss.user)
        for path in PROGRAMS:
            judge(service, claim, path)
        page = boss.open(there)
        assert listed(page.html) == list(PROGRAMS)
        for chip in ("All 3", "Unexpected 1", "accepted 1", "wrong_answer 2"):
            assert chip in page.text
        for show, paths in {
            "unexpected": ["wrong_answer/c.py"],
            "wrong_answer": ["wrong_answer/b.py", "wrong_answer/c.py"],
            "accepted": ["accepted/a.py"],
            "nothing": list(PROGRAMS),
            "<b>&": list(PROGRAMS),
        }.items():
            html = boss.open(there, show=show).html
            assert listed(html) == paths, show
            chosen = show if "/" in paths[0] and show in page.html else "all"
            assert f'href="{there}?show={chosen}" aria-current="true"' in html
        assert boss.open(there, show="x" * 101).status == 422
        assert "不符合预期 1" in reader.open(there).text
        assert lifecycle.refuse(service.db, claim, UploadReport())


def test_a_chip_is_kept_while_the_check_goes_on(service: Service) -> None:
    with Browser(service.url) as boss:
        boss.sign_in_as(service, service.account("admin"))
        there, claim = checking(service, boss.user)
        judge(service, claim, "accepted/a.py")
        page = boss.open(there, show="unexpected")
        assert "Every program that was judged got what its folder says." in page.text
        # The folder has no program yet: all are shown until it has one.
        page = boss.open(there, show="wrong_answer")
        assert listed(page.html) == ["accepted/a.py"]
        connect = page.html.partition('sse-connect="')[2].partition('"')[0]
        judge(service, claim, "wrong_answer/b.py")
        report = UploadReport(submissions=tuple(judged(path) for path in list(PROGRAMS)[:2]))
        assert lifecycle.refuse(service.db, claim, report)
        renewed = boss.open(unescape(connect))
        assert connect == f"{there}/events?show=wrong_answer"
        assert 'show=wrong_answer" aria-current="true"' in renewed.html
        # A screen reader would read it aloud at each update; so the text for it is outside of this
        # part.
        assert 'role="status"' not in renewed.html
        assert '<p class="sr" role="status" id="announced"></p>' in page.html
        assert renewed.html.count('hx-swap-oob="innerHTML:#announced">Refused<') == 1
