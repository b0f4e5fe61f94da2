"""atheris on one target or all: `python -m tests.fuzz.run SECONDS [TARGET]` (`make fuzz`).

Each target runs in a process of its own. An input that breaks the rule is kept in the corpus.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"
LARGEST = 65_536
SLOWEST, MOST_MB = 5, 512  # of one input, and of the whole process with atheris


def _fuzz(name: str, seconds: int, found: Path) -> None:
    import atheris

    with atheris.instrument_imports(
        include=[
            "ayni.exchange",
            "ayni.lib",
            "ayni.cooperation.camera",
            "ayni.cooperation.cleaning",
            "ayni.cooperation.contents",
            "ayni.cooperation.pdf_parts",
            "ayni.cooperation.taking_in",
            "ayni.cooperation.uploading",
            "django.http.multipartparser",
            "rfc8785",
            "puremagic",
            "PIL",
        ]
    ):
        from tests.fuzz import targets

        if name == "uploaded":
            _with_django(found)
    from tests.fuzz.mutating import mutated

    def once(data: bytes) -> None:
        try:
            targets.run(name, data)
        except BaseException:
            _keep(name, data)
            traceback.print_exc()
            raise

    def change(data: bytes, largest: int, seed: int) -> bytes:
        if seed % 3 == 0:
            return atheris.Mutate(data, largest)  # type: ignore[no-any-return]
        return mutated(data, seed)[:largest]

    options = [
        "fuzz", f"-max_total_time={seconds}", f"-max_len={LARGEST}", f"-timeout={SLOWEST}",
        f"-rss_limit_mb={MOST_MB}", f"-artifact_prefix={FOLDER / name}/found-",
        "-print_final_stats=1", str(found), str(FOLDER / name),
    ]  # fmt: skip
    atheris.Setup(options, once, custom_mutator=change)
    atheris.Fuzz()


def _with_django(folder: Path) -> None:
    """Settings of a node without a database: nothing asks one."""
    import django

    secrets = folder.parent / "home" / "secrets"
    secrets.mkdir(mode=0o700, parents=True)
    (secrets / "django.key").touch(mode=0o600)
    (secrets / "django.key").write_bytes(b"0" * 50)
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    os.environ.update(
        AYNI_NODE="ar", AYNI_HOME=str(secrets.parent),
        DJANGO_SETTINGS_MODULE="ayni.config.settings",
        DATABASE_URL=nowhere, AYNI_OWNER_DATABASE_URL=nowhere,
    )  # fmt: skip
    django.setup()
    importlib.import_module("tests.fuzz.uploaded")


def _keep(name: str, data: bytes) -> None:
    path = FOLDER / name / f"found-{hashlib.sha256(data).hexdigest()[:12]}"
    path.write_bytes(data)
    print(f"{name}: breaks the rule: {path}", file=sys.stderr)  # noqa: T201


def main(arguments: list[str]) -> int:
    """Run; 1 if any target broke."""
    if arguments[:1] == ["one"]:
        with tempfile.TemporaryDirectory() as folder:
            found = Path(folder) / "found"
            found.mkdir()
            _fuzz(arguments[1], int(arguments[2]), found)
        return 0
    seconds = int(arguments[0]) if arguments else 60
    names = arguments[1:] or sorted(path.name for path in FOLDER.iterdir())
    broken = []
    for name in names:
        print(f"fuzz: {name}, {seconds} s", file=sys.stderr)  # noqa: T201
        done = subprocess.run(
            [sys.executable, "-m", "tests.fuzz.run", "one", name, str(seconds)],
            capture_output=True,
            text=True,
            check=False,
        )
        told = [
            line
            for line in done.stderr.splitlines()
            if "number_of_executed" in line or "cov:" in line
        ]
        print("\n".join(told[-2:]), file=sys.stderr)  # noqa: T201
        if done.returncode:
            broken.append(name)
            print(done.stderr[-3000:], file=sys.stderr)  # noqa: T201
    print(f"fuzz: {len(names)} targets, broken: {', '.join(broken) or 'none'}", file=sys.stderr)  # noqa: T201
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
