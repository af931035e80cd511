"""Drafts: one for each problem and language, nobody else's, and only what could be sent."""

from tests.integration.api.service import Account, Service

PATH = "/problems/maxsubarray/drafts/python3"


def test_a_draft_is_kept_replaced_and_forgotten(ada: Account) -> None:
    assert ada.http.get(PATH).status_code == 404
    for source in ("# one", "# 第二版\n", ""):
        kept = ada.http.put(PATH, json={"source": source})
        assert kept.status_code == 200
        assert ada.http.get(PATH).json() == kept.json()
        assert kept.json()["source"] == source
    assert ada.http.get(PATH.replace("python3", "cpp")).status_code == 404
    for _ in range(2):
        assert ada.http.delete(PATH).status_code == 204
    assert ada.http.get(PATH).status_code == 404


def test_what_can_t_be_a_draft_is_refused(service: Service, ada: Account) -> None:
    long = "x" * (service.settings.source_limit_bytes + 1)
    assert ada.http.put(PATH, json={"source": long}).json()["type"].endswith("source-too-large")
    assert ada.http.put(PATH, json={"source": "\0"}).status_code == 422
    assert ada.http.put(PATH, json={}).status_code == 422
    nowhere = PATH.replace("maxsubarray", "nothing")
    assert ada.http.put(nowhere, json={"source": "x"}).status_code == 404
    other = PATH.replace("python3", "cobol")
    assert ada.http.put(other, json={"source": "x"}).status_code == 422
