"""`make test-install`: follows docs/how-to/run-a-node.md line by line in a bare folder, until an
officer signs in in Chromium and opens a case. Prints what it did, as JSON.

Everything lies in one new folder: a clone of this repository (what is committed), its own virtual
environment, the node, its backups. Nothing of the working copy is used but this script and the
browser.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Error as PlaywrightError

from tools.howto import Block, NotAHowTo, blocks, parted, with_values

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parent.parent
TEXT = ROOT / "docs" / "how-to" / "run-a-node.md"
REMARK = "an officer signs in and opens a case"
PASSWORD = "an invented password of some length"  # noqa: S105 - of an invented officer
_OURS = ("VIRTUAL_ENV", "PYTHONPATH", "MAKEFLAGS", "DJANGO_SETTINGS_MODULE")
_STEP = 900  # seconds, of one block


class Failed(Exception):
    """A block ended with an error, or a page is not what an officer would expect."""


class Shell:
    """One bash in which all blocks are typed, as a person would; stops at the first error."""

    def __init__(self, folder: Path) -> None:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AYNI_", "DATABASE_"))}
        kept = {k: v for k, v in kept.items() if k not in _OURS}
        self.log = folder / "typed.log"
        self._out = self.log.open("w")
        self.process = subprocess.Popen(
            ["bash", "-eu", "-o", "pipefail", "-s"],
            stdin=subprocess.PIPE, stdout=self._out, stderr=subprocess.STDOUT, text=True,
            cwd=folder, env={**kept, "LANG": "C.UTF-8", "LANGUAGE": "en"},
            start_new_session=True,
        )  # fmt: skip
        self._count = 0

    def type(self, block: Block) -> str:
        """Type a block, wait until it is done; what it printed. Raises `Failed`."""
        assert self.process.stdin is not None
        self._count += 1
        begun = self.log.stat().st_size
        done = f"=== block {self._count} is done ==="
        self.process.stdin.write(f"{block.text}\necho '{done}'\n")
        self.process.stdin.flush()
        deadline = time.monotonic() + _STEP
        while True:
            said = self.log.read_text(errors="replace")[begun:]
            if done in said:
                return said.partition(done)[0]
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise Failed(f"line {block.line} ({block.heading}) failed:\n{said[-2000:]}")
            time.sleep(0.05)

    def end(self) -> None:
        """End the shell and what it started."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                break
            time.sleep(5 if number == signal.SIGTERM else 0)
        self.process.wait()
        self._out.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def _wait_for(port: int, host: str) -> None:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/health", headers={"Host": host})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + 90
    while True:
        try:
            with opener.open(request, timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            pass
        if time.monotonic() > deadline:
            raise Failed("the node does not answer")
        time.sleep(0.2)


def _submit(page: Page, action: str = "") -> None:
    form = f"main form[action$='{action}']" if action else "main form:has(button)"
    with page.expect_navigation():
        page.locator(f"{form} button[type=submit]").first.click()


def _follow(page: Page, target: str) -> None:
    for link in page.locator("main a[href]").all():
        if re.search(target, link.get_attribute("href") or ""):
            with page.expect_navigation():
                link.click()
            return
    raise Failed(f"{page.url} has no link to {target}: {page.locator('main').inner_text()[:600]}")


def _fill(page: Page, **values: str) -> None:
    for name, value in values.items():
        field = page.locator(f"main [name='{name}']")
        if not field.count():
            told = page.locator("main").inner_text()[:600]
            raise Failed(f"{page.url} has no field {name}: {told}")
        if field.first.get_attribute("type") in ("radio", "checkbox"):
            page.locator(f"main [name='{name}'][value='{value}']").check()
        elif field.locator("option").count():
            field.select_option(value)
        else:
            field.fill(value)


def _at(page: Page, where: str) -> None:
    if not re.search(where, page.url):
        raise Failed(f"stands at {page.url}: {page.locator('main').inner_text()[:800]}")


def _set_password(page: Page) -> None:
    """The officer has opened the address that works once."""
    _at(page, "-set-password/$")
    _fill(page, password1=PASSWORD, password2=PASSWORD)
    _submit(page)
    _follow(page, "/account/login/$")


def _sign_in(page: Page, site: str, email: str) -> str:
    """The officer signs in, sets up a passkey, accepts the code of conduct, and signs in again; by
    what."""
    _fill(page, login=email, password=PASSWORD)
    _submit(page)
    _at(page, "/account/2fa/$")
    _follow(page, "/account/2fa/webauthn/add/$")
    _fill(page, name="laptop")
    _by_passkey(page, "/account/2fa/recovery-codes/$")
    page.goto(f"{site}/")
    _at(page, "/account/conduct/$")
    _submit(page)
    page.goto(f"{site}/account/logout/")
    _submit(page)
    page.goto(f"{site}/account/login/")
    _by_passkey(page, f"^{re.escape(site)}/$")
    return "passkey"


def _by_passkey(page: Page, then: str) -> None:
    page.locator("form[data-passkey] button[type=submit]").click()
    try:
        page.wait_for_url(re.compile(then), timeout=20_000)
    except PlaywrightError:
        raise Failed(f"{page.url}: {page.locator('main').inner_text()[:400]}") from None


def _device(page: Page) -> None:
    """A device that keeps passkeys and asks for a finger (Chromium's own, without a screen)."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def _open_case(page: Page, site: str) -> str:
    """A notice that an officer takes, decides and makes a case of; the case's address."""
    page.goto(f"{site}/notices/new")
    told = "Invented: works in a workshop without pay; her document was taken."
    _fill(page, **_NOTICE, narrative=told)
    _submit(page)
    _at(page, "/notices/[0-9a-f-]{36}$")
    notice = page.url
    _follow(page, "/triage$")
    _fill(page, imminent_danger="no", age_group="adult", situation="urgency", reason=told)
    _submit(page)
    _follow(page, "/search$")
    _submit(page)
    page.goto(notice)
    _follow(page, "/decide$")
    _fill(page, outcome="open_case", reason=told)
    _submit(page)
    _follow(page, "/case$")
    _fill(page, **_CASE, narrative=told)
    _submit(page)
    _at(page, "/cases/[0-9a-f-]{36}$")
    return page.url


_NOTICE = {
    "safe_to_talk": "yes", "channel": "in_person", "informant": "direct_victim", "language": "es",
    "place": "La Paz", "about_name": "Rosa Inventada Mamani", "about_age": "28",
    "contact_method": "message", "contact_address": "000 555 0101",
}  # fmt: skip
_CASE = {
    "name_as_written": "Rosa Inventada Mamani", "given_names": "Rosa Inventada",
    "first_surname": "Mamani", "birth_precision": "date", "birth_value": "1998-03-27",
    "gender": "Feminine", "citizenship": "BO", "document_kind": "national_id",
    "document_state": "BO", "document_number": "00000111", "phone": "000 555 0101",
    "language": "es", "tracks": "trafficking", "needs": "lodging",
}  # fmt: skip


def _in_chromium(site: str, officer: str, told: str, pictures: Path) -> dict[str, Any]:
    from playwright.sync_api import sync_playwright

    from tools import chromium

    link = re.search(rf"{re.escape(site)}/account/password/reset/key/\S+", told)
    if link is None:
        raise Failed("`ayni user add` printed no address for the officer")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.executable(), args=["--headless", "--no-sandbox"]
        )
        try:
            page = browser.new_context(locale="es-BO").new_page()
            _device(page)
            page.goto(link.group())
            page.screenshot(path=str(pictures / "password.png"), full_page=True)
            _set_password(page)
            page.screenshot(path=str(pictures / "password-set.png"), full_page=True)
            by = _sign_in(page, site, officer)
            page.screenshot(path=str(pictures / "home.png"), full_page=True)
            case = _open_case(page, site)
            page.screenshot(path=str(pictures / "case.png"), full_page=True)
        finally:
            browser.close()
    return {"signed_in_by": by, "case": case.removeprefix(site).rpartition("/")[0] + "/…"}


def follow(folder: Path) -> dict[str, Any]:
    """Follow the how-to in an empty folder. Raises `Failed` and `NotAHowTo`."""
    port, host = _free_port(), "bo.localhost"
    for name in ("safe", "backup"):
        (folder / name).mkdir()
    values = {
        "SOURCE": str(ROOT), "PROGRAM": str(folder / "program"), "STATE": "bo", "HOST": host,
        "LISTEN": f"127.0.0.1:{port}", "KEYS": str(folder / "safe"),
        "BACKUPS": str(folder / "backup"), "AYNI_HOME": str(folder / "node"),
    }  # fmt: skip
    first, then = parted(TEXT.read_text("utf-8"), REMARK)
    shell, begun, told = Shell(folder), time.monotonic(), ""
    steps: list[dict[str, Any]] = []
    try:
        for number, block in enumerate(blocks(first)):
            began = time.monotonic()
            typed = with_values(block, values) if number == 0 else block
            told = _last_address(told, shell.type(typed))
            steps.append({"step": block.heading, "seconds": round(time.monotonic() - began, 1)})
        _wait_for(port, host)
        site, officer = f"http://{host}:{port}", f"officer@{host}"
        seen = _in_chromium(site, officer, told, folder)
        steps.append({"step": REMARK, "seconds": round(time.monotonic() - begun, 1)})
        for block in blocks(then):
            began = time.monotonic()
            shell.type(block)
            steps.append({"step": block.heading, "seconds": round(time.monotonic() - began, 1)})
    finally:
        shell.end()
    return {"ok": True, **seen, "seconds": round(time.monotonic() - begun, 1), "steps": steps}


def _last_address(before: str, said: str) -> str:
    """What was printed when the officers were added: the last address is the last officer's."""
    addresses = re.findall(r"http\S+/account/password/reset/key/\S+", said)
    return addresses[-1] if addresses else before


def main() -> int:
    """Exit code; the answer on standard output."""
    parser = argparse.ArgumentParser(prog="make test-install")
    parser.add_argument("--keep", action="store_true", help="leave the folder to look at")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="ayni-i-"))
    try:
        sys.stdout.write(json.dumps(follow(folder), indent=1) + "\n")
        return 0
    except (Failed, NotAHowTo) as wrong:
        sys.stderr.write(f"ayni: {wrong}\n")
        log = folder / "node" / "run.log"
        if log.exists():
            sys.stderr.write(log.read_text(errors="replace")[-2000:])
        return 1
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            sys.stderr.write(f"ayni: kept in {folder}\n")


if __name__ == "__main__":
    raise SystemExit(main())
