"""Signing in by a provider in a real browser; the provider is another project's."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from judge.accounts.management import find_account
from judge.sso.provider import Provider
from tests.browser.people import PATIENCE_MS
from tests.integration.api.service import Service, serving
from tests.support.databases import settings_of
from tests.support.launched import free_port


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    port = free_port()
    claims = '{"sub": "ada", "email": "ada@example.org", "email_verified": true}'
    process = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", f"--port={port}", "--user-claims", claims],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "running on" in line:
            break
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.stderr.read()
    process.stderr.close()
    process.wait(20)


@pytest.fixture(scope="module")
def service(issuer: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    home: Path = tmp_path_factory.mktemp("sso")
    provider = Provider(issuer=issuer, client_id="shousi", client_secret="x", label="Acme")
    settings = settings_of(home, log_level="error", oidc={"acme": provider})
    with serving(settings) as service:
        yield service


@pytest.mark.parametrize("scripts", [True, False])
def test_sign_in_by_the_button_and_out_again(
    service: Service, chromium: Browser, scripts: bool
) -> None:
    context = chromium.new_context(
        base_url=service.url, java_script_enabled=scripts, locale="en-GB"
    )
    # The provider's page wants a style from elsewhere.
    context.route("https://**", lambda route: route.abort())
    complaints: list[str] = []
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.on("console", lambda message: complaints.append(message.text))
    page.goto("/sign-in?next=/submissions")
    page.get_by_role("link", name="Sign in with Acme").click()
    page.get_by_role("button", name="ada").first.click()
    expect(page).to_have_url(re.compile("/submissions$"))
    expect(page.get_by_role("heading", name="Submissions")).to_be_visible()
    assert find_account(service.db, "ada").address == "ada@example.org"
    page.goto("/tokens")
    page.get_by_label("Label").fill("laptop")
    page.get_by_role("button", name="New token").click()
    secret = page.locator(".note code").inner_text()
    with_token = service.client(secret)
    assert with_token.get("/users/me").json()["name"] == "ada"
    page.locator("header.top summary", has_text="ada").click()
    page.locator("form[action='/sign-out'] button").click()
    page.goto("/tokens")
    expect(page).to_have_url(re.compile("/sign-in"))
    context.close()
    assert [one for one in complaints if "Content Security Policy" in one] == []
