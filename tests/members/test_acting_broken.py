"""What breaks a transaction is told as it was, although a behalf is given back on the way out."""

from __future__ import annotations

import pytest
from django.db import DataError, OperationalError, connection, transaction

from ayni.members import api as members
from tests.cast import Cast


def _behalf() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('ayni.institution', true)")
        return str(cursor.fetchone()[0] or "")


def _break() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select 'x'::integer")


def test_the_error_that_broke_a_transaction_is_not_hidden(cast: Cast) -> None:
    with members.acting(cast.shelter.id):
        with pytest.raises(DataError), transaction.atomic(), members.acting(cast.programme.id):
            _break()

        assert _behalf() == str(cast.shelter.id), "the rollback has put it back"
        assert members.institution_now() == cast.shelter.id
    assert _behalf() == ""


def _lose() -> None:
    connection.connection.pgconn.finish()
    _break()


@pytest.mark.django_db(transaction=True)
def test_of_a_session_that_is_gone_the_loss_is_told() -> None:
    somebody = "5b4ab1de-3a5b-4c0c-8f4e-1d2c3b4a5f60"
    with pytest.raises(OperationalError), transaction.atomic(), members.acting(somebody):
        _lose()
    connection.close()

    assert _behalf() == ""
