"""Copies in an S3-compatible store, here moto's, whose makers check it against Amazon's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer

from ayni.node import aging
from ayni.vault import erasures
from tests.node.made import ROOT, database_of, made_home

pytestmark = [pytest.mark.nodes, pytest.mark.xdist_group("store")]
DATA, KEYS = "s3://ayni-data/ar/database", "s3://ayni-keys/ar"


@dataclass
class Store:
    """A store of its own, and a node that copies into it."""

    folder: Path
    endpoint: str

    @property
    def client(self) -> Any:
        """Amazon's own client, to look at what is there and to spoil it."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="sa-east-1",
            aws_access_key_id="invented",
            aws_secret_access_key="invented",
        )

    def names(self, bucket: str) -> list[str]:
        """What a bucket holds."""
        found = self.client.list_objects_v2(Bucket=bucket).get("Contents", [])
        return sorted(each["Key"].rpartition("/")[2] for each in found)

    def run(
        self, *line: str, home: str = "one", **settings: str
    ) -> subprocess.CompletedProcess[str]:
        """One `ayni` command with the store as its two places."""
        kept = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "TMPDIR"}}
        told = {
            "AYNI_NODE": "ar",
            "AYNI_HOME": str(self.folder / home),
            "AYNI_BACKUP_TO": DATA,
            "AYNI_BACKUP_KEYRING_TO": KEYS,
            "AYNI_BACKUP_S3_ENDPOINT": self.endpoint,
            "AYNI_BACKUP_S3_REGION": "sa-east-1",
            "AYNI_BACKUP_S3_ACCESS_KEY": "invented",
            "AYNI_BACKUP_S3_SECRET_FILE": str(self.folder / "s3.secret"),
        }
        return subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "ayni.node.command", *line],
            env={**kept, **told, **settings},
            cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    def copy(self, **settings: str) -> subprocess.CompletedProcess[str]:
        """Make a backup."""
        to = str(self.folder / "public")
        return self.run("backup", "make", "--recipients", to, "--json", **settings)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    """An empty node and one backup of it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with tempfile.TemporaryDirectory(prefix="ayni-s-") as name:
        folder = Path(name)
        made = Store(folder, f"http://{host}:{port}")
        for bucket in ("ayni-data", "ayni-keys"):
            made.client.create_bucket(
                Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "sa-east-1"}
            )
        secret, public = aging.new_identity()
        for file, text in (("secret", secret), ("s3.secret", "invented"), ("public", public)):
            (folder / file).touch(mode=0o600)
            (folder / file).write_text(text + "\n")
        made_home("ar", folder / "one")
        with database_of(folder / "one"):
            first = made.copy()
            assert first.returncode == 0, first.stderr
            yield made
    server.stop()


def test_a_node_comes_back_from_the_store(store: Store) -> None:
    done = store.run("restore", "--json", "--identity", str(store.folder / "secret"), home="two")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["node"] == "ar"
    checked = store.run("node", "check", "--json", home="two")
    assert json.loads(checked.stdout)["ok"] is True, checked.stderr


def test_of_the_keyring_only_the_newest_copy_stays_and_of_the_database_every_one(
    store: Store,
) -> None:
    before = store.names("ayni-data")
    client = store.client
    # What an interrupted sending leaves: a copy without its sheet.
    client.put_object(Bucket="ayni-data", Key="ar/database/ayni-ar-half.database.age", Body=b"x")
    assert store.copy().returncode == 0

    after = store.names("ayni-data")
    assert set(before) <= set(after)
    assert "ayni-ar-half.database.age" not in after
    assert len([name for name in after if name.endswith(".age")]) == 2
    assert len([name for name in store.names("ayni-keys") if name.endswith(".age")]) == 1


def test_the_copies_in_the_store_are_listed_and_verified(store: Store) -> None:
    listed = store.run("backup", "list", "--json")
    assert len(json.loads(listed.stdout)) >= 2
    opened = store.run("backup", "verify", "--json", "--identity", str(store.folder / "secret"))
    assert json.loads(opened.stdout)["opened"] is True, opened.stderr


def test_the_places_may_stand_in_the_settings_of_the_node(store: Store) -> None:
    with (store.folder / "one" / "settings").open("a") as file:
        file.write(f"AYNI_BACKUP_TO={DATA}\nAYNI_BACKUP_KEYRING_TO={KEYS}\n")
    listed = store.run("backup", "list", "--json", AYNI_BACKUP_TO="", AYNI_BACKUP_KEYRING_TO="")
    assert listed.returncode == 0, listed.stderr
    assert len(json.loads(listed.stdout)) >= 2


def test_a_copy_that_was_changed_in_the_store_is_found(store: Store) -> None:
    client = store.client
    found = client.list_objects_v2(Bucket="ayni-data", Prefix="ar/database/")["Contents"]
    key = next(each["Key"] for each in found if each["Key"].endswith(".age"))
    whole = client.get_object(Bucket="ayni-data", Key=key)["Body"].read()
    client.put_object(Bucket="ayni-data", Key=key, Body=whole[:-1] + bytes([whole[-1] ^ 1]))
    try:
        done = store.run("backup", "verify")
        assert done.returncode == 1
        assert "was changed since it was made" in done.stderr
    finally:
        client.put_object(Bucket="ayni-data", Key=key, Body=whole)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"AYNI_BACKUP_S3_ENDPOINT": "http://127.0.0.1:9"}, "cannot be used"),
        ({"AYNI_BACKUP_TO": "s3://no-such-bucket/x"}, "cannot be used"),
        ({"AYNI_BACKUP_TO": "s3://A_b"}, "is no s3://bucket/prefix"),
        ({"AYNI_BACKUP_S3_ACCESS_KEY": ""}, "AYNI_BACKUP_S3_ACCESS_KEY is not set"),
        ({"AYNI_BACKUP_S3_SECRET_FILE": "/nowhere"}, "secret of the store cannot be read"),
        ({"AYNI_BACKUP_KEYRING_TO": f"{DATA}/inside"}, "must lie apart"),
    ],
)
def test_a_store_that_cannot_be_used_is_told_and_nothing_half_stays(
    store: Store, settings: dict[str, str], said: str
) -> None:
    before = store.names("ayni-data"), store.names("ayni-keys")
    done = store.copy(**settings)
    assert done.returncode == 1
    assert said in done.stderr
    assert "invented" not in done.stderr
    assert (store.names("ayni-data"), store.names("ayni-keys")) == before
    assert not list(store.folder.glob("one/ayni-copies-*"))


def test_the_list_of_erasures_alone_is_sent_when_somebody_was_erased(store: Store) -> None:
    before = {bucket: store.names(bucket) for bucket in ("ayni-data", "ayni-keys")}
    gone = uuid4()
    erasures.note(store.folder / "one", gone)
    done = store.run("backup", "erasures", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["erased"] == 1
    for bucket, prefix in (("ayni-data", "ar/database"), ("ayni-keys", "ar")):
        assert store.names(bucket) == before[bucket]
        key = f"{prefix}/ayni-ar.erasures.json"
        body = store.client.get_object(Bucket=bucket, Key=key)["Body"].read()
        assert json.loads(body)["subjects"] == [str(gone)]
