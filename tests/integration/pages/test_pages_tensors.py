"""The other wrong parts of a large tensor, each with an address of its own."""

from dataclasses import replace

import numpy as np

from judge.submissions import lifecycle as submissions
from judge.submissions.lifecycle import Progress
from judge.verdict import Verdict
from tests.integration.api.service import Service, judged, results
from tests.integration.pages.browser import Browser
from worker.checkers.tensors import Tensors

SHAPE = 2, 20, 30
WORST, OTHER = (1, 18, 11), (0, 3, 2)


def text_of(values: np.ndarray) -> str:
    shape = "x".join(map(str, values.shape))
    return f"tensor out float32 {shape}\n{' '.join(map(str, values.ravel()))}\n"


def test_a_picture_leads_to_the_other_wrong_parts(service: Service, eve: Browser) -> None:
    got = np.zeros(SHAPE)
    got[WORST], got[OTHER] = 7, 3
    want, came = text_of(np.zeros(SHAPE)), text_of(got)
    difference = Tensors().check(b"", came.encode(), want.encode()).difference
    owner = service.account()
    id = owner.submitted()
    sample, _ = results(Verdict.WA)
    wrong = replace(sample, verdict=Verdict.WA, difference=difference, expected=want, output=came)
    claim = service.claim(id)
    assert submissions.record(service.db, claim, Progress(total=1, results={1: wrong}))
    assert submissions.finish(service.db, claim, judged(Verdict.WA))
    with Browser(service.url) as browser:
        browser.sign_in_as(service, owner)
        page = browser.open(f"/submissions/{id}")
        assert "The worst is at index [1, 18, 11]: 7.000 came, 0.000 was expected." in page.text
        address = f"/submissions/{id}/tensor"
        assert f'href="{address}?test={sample.name}&amp;at=0,3,2"' in page.html
        there = browser.open(address, test=sample.name, at="0,3,2")
        assert there.status == 200
        assert "At index [0, 3, 2]: 3.000 came, 0.000 was expected." in there.text
        assert "[1, 18, 11]" in there.text
        for test, at in ((sample.name, "9,9,9"), (sample.name, ""), ("secret/9", "0,3,2")):
            assert browser.open(address, test=test, at=at).status == 404
        assert browser.open(address, test=sample.name, at="1,x").status == 422
    assert eve.open(address, test=sample.name, at="0,3,2").status == 404
