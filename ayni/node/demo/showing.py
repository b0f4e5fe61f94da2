"""What a fresh demonstration has to show between states: one referral that waits for an answer, one
that was accepted and led to a request, and the platform's own work. Made over HTTP by the
demonstration's own officers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from faker import Faker

from ayni.node.demo.crossing import CONSULATE, Crossing
from ayni.node.demo.journey import Journey, Planted
from ayni.node.demo.platform import Platform
from ayni.node.demo.platform_work import PlatformWork

_TOLD = (
    "Trabajaba en un taller sin paga y sin sus documentos.",
    "La trajeron con una promesa de trabajo; no la dejaban salir.",
)


@contextmanager
def _silent(title: str) -> Iterator[None]:
    yield


def show(platform: Platform) -> None:
    """Refer two invented women from Argentina to Bolivia, and let the platform work. Raises
    `Unexpected`."""
    invent = Faker("es_ES")
    invent.seed_instance(145)
    with closing(_journey(platform, invent, _TOLD[0])) as waiting:
        officer, case = waiting.until_case()
        waiting.consent(officer, case, CONSULATE)
        Crossing(waiting, officer, case).refer(officer, case)
    with closing(_journey(platform, invent, _TOLD[1])) as accepted:
        officer, case = accepted.until_case()
        accepted.consent(officer, case, CONSULATE)
        Crossing(accepted, officer, case).until_request()
        # Last: from then on Bolivia's new cases follow the version that it adopts.
        PlatformWork(accepted).show()


def _journey(platform: Platform, invent: Faker, told: str) -> Journey:
    person = Planted(
        given=invent.first_name_female(),
        surname=invent.last_name(),
        document=invent.numerify("########"),
        phone=invent.numerify("000555######"),
        narrative=told,
    )
    return Journey(platform, person, _silent)
