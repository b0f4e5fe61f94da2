#!/usr/bin/env bash
# The database rooms on Debian's PostgreSQL, where it is there, and all else on the embedded one;
# every test on the embedded one otherwise. As root, what is missing is installed from Debian;
# otherwise it is skipped and the command to install it is told.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    missing=()
    command -v chromium-headless-shell >/dev/null || missing+=(chromium-headless-shell)
    command -v softhsm2-util >/dev/null || missing+=(softhsm2)
    ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing+=(postgresql)
    if [ ${#missing[@]} -gt 0 ]; then
        echo "ayni: installing ${missing[*]} from Debian" >&2
        apt-get update -qq >/dev/null
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            "${missing[@]}" >/dev/null
    fi
else
    command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null ||
        echo "ayni: browser tests are skipped; to run them: apt-get install chromium-headless-shell" >&2
    command -v softhsm2-util >/dev/null ||
        echo "ayni: tests of a PKCS#11 token are skipped; to run them: apt-get install softhsm2" >&2
fi
chosen="not whole"
if ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; then
    .venv/bin/python -m tools.test_on_debian
    chosen="$chosen and not database_room" # once is enough: they have passed on the older one
else
    echo "ayni: no test runs on Debian's PostgreSQL; to run them: apt-get install postgresql" >&2
fi
exec .venv/bin/python -m pytest -n "${AYNI_TEST_WORKERS:-3}" --dist loadgroup -m "$chosen" "$@"
