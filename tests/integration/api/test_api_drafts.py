"""Drafts: one for each problem and language, only the user's own, and only texts that could be
submitted.
"""

from concurrent.futures import ThreadPoolExecutor

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


def test_what_another_browser_has_kept_is_not_overwritten(ada: Account) -> None:
    first = ada.http.put(PATH, json={"source": "# 1"}, headers={"If-None-Match": "*"})
    assert first.status_code == 200
    read = ada.http.get(PATH).headers["ETag"]
    assert read == first.headers["ETag"]
    second = ada.http.put(PATH, json={"source": "# 2"}, headers={"If-Match": read})
    assert second.status_code == 200
    stale = ({"If-Match": read}, {"If-None-Match": "*"}, {"If-Match": '"other", "another"'})
    for condition in stale:
        refused = ada.http.put(PATH, json={"source": "# 3"}, headers=condition)
        assert refused.status_code == 412
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert refused.json()["type"].endswith("/changed")
        assert ada.http.delete(PATH, headers=condition).status_code == 412
        # Storing the same text again overwrites nothing.
        same = ada.http.put(PATH, json={"source": "# 2"}, headers=condition)
        assert same.headers["ETag"] == second.headers["ETag"]
    assert ada.http.get(PATH).json() == second.json()
    tags = {"If-Match": f'"other", W/{second.headers["ETag"]}'}
    assert ada.http.delete(PATH, headers=tags).status_code == 204
    assert ada.http.put(PATH, json={"source": "# 3"}, headers=tags).status_code == 412
    assert ada.http.get(PATH).status_code == 404


def test_of_browsers_that_keep_at_once_one_goes_first(ada: Account) -> None:
    condition = {"If-None-Match": "*"}
    for _ in range(2):

        def keep(number: int, condition: dict[str, str] = condition) -> int:
            source = {"source": f"# {number} after {condition}"}
            return ada.http.put(PATH, json=source, headers=condition).status_code

        with ThreadPoolExecutor(8) as pool:
            answers = sorted(pool.map(keep, range(8)))
        assert answers == [200] + 7 * [412]
        condition = {"If-Match": ada.http.get(PATH).headers["ETag"]}
    ada.http.delete(PATH)
