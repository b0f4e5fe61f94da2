"""Two officers at once: nobody meets a failure, and one paper is good."""

from __future__ import annotations

import threading
from functools import partial

import pytest
from django.db import connection

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.members import api as members
from ayni.own import api as own
from ayni.own.models import Code
from tests import cast as the_cast
from tests.cases.stories import a_case
from tests.own.conftest import FOR_HER


def _gives(by: Actor, case: cases.Case, both: threading.Barrier, given: list[own.Given]) -> None:
    try:
        with members.acting(by.institution):
            both.wait(timeout=30)
            given.append(own.give_code(by=by, case_id=case.id, new=FOR_HER))
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_of_two_papers_given_at_once_one_is_good() -> None:
    cast = the_cast.assemble()
    officers = [members.actor_of(cast.ana), members.actor_of(cast.luis)]
    given: list[own.Given] = []
    with members.acting(cast.programme.id):
        case = a_case(officers[0])
    for _ in range(4):
        both = threading.Barrier(2)
        work = [threading.Thread(target=partial(_gives, by, case, both, given)) for by in officers]
        for one in work:
            one.start()
        for one in work:
            one.join()

    assert len(given) == 8
    with members.acting(cast.programme.id):
        assert Code.objects.filter(ended_at=None).count() == 1
