"""What pages say about a submission if no living worker has the required labels."""

from pathlib import Path

from tests.integration.api.service import serving
from tests.integration.pages.browser import Browser
from tests.support.content import add_problem
from tests.support.databases import settings_of


def test_who_waits_and_who_can_help_are_told_what_is_missing(tmp_path: Path) -> None:
    with serving(settings_of(tmp_path, log_level="warning")) as service:
        add_problem(service.db, "ongpu", requires="gpu")
        ada = service.account()
        waiting = ada.submitted("ongpu")
        with Browser(service.url) as browser:
            browser.sign_in_as(service, ada)
            page = browser.open(f"/submissions/{waiting}").text
            assert "Waiting for a worker with gpu: there is none now" in page
            assert "you are next" not in page
        with Browser(service.url, "zh") as boss:
            boss.sign_in_as(service, service.account("admin"))
            page = boss.open("/admin/queue").text
            assert "interactive+gpu" in page
            assert "没有评测机带有标签 gpu" in page
