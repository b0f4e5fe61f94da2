"""What a row of Argentina's hotline files means. Pure: `now` is an argument.

Source: Ministry of Justice of Argentina, open data (datos.jus.gob.ar), "Lucha contra la trata de
personas - Llamados línea 145 - Denuncias": one file of reports with triage and up to three dated
referrals, one of the persons named in them. Whatever is read, the row is kept verbatim as well.
Every value that does not become exactly what it says leaves a `Finding`; what makes the file
unreliable (a number or a date) is a `Problem`, and a file with one is not loaded at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale
from django.utils.translation import gettext as _

from ayni.lib.folding import fold
from ayni.statistics.csv_table import Row
from ayni.statistics.problem import Problem

SOURCE = "linea145"
ZONE = ZoneInfo("America/Argentina/Buenos_Aires")
LONGEST_BODY = 200

REPORT_COLUMNS = (
    "fecha_ingreso", "hora_ingreso", "nro_registro_interno", "situacion", "origen", "es_anonima",
    "tema", "subtema", "provincia", "localidad", "dependencia_alta", "via_ingreso",
    "derivacion_institucion", "derivacion_fecha", "derivacion_judicializa",
    "derivacion2_institucion", "derivacion2_fecha", "derivacion2_judicializa",
    "derivacion3_institucion", "derivacion3_fecha", "derivacion3_judicializa",
    "denunciante_nacionalidad", "denunciante_provincia", "denunciante_localidad",
    "denunciante_tipo", "denunciante_como_conocio_la_linea", "denunciante_genero",
    "denunciante_edad_aparente", "provincia_indec_id",
)  # fmt: skip
PERSON_COLUMNS = (
    "nro_registro_interno", "fecha_ingreso_denuncia", "tema", "subtema", "referido_tipo",
    "nacionalidad", "provincia", "localidad", "genero", "edad_aparente", "embarazada",
    "discapacidad", "provincia_indec_id",
)  # fmt: skip

# Value of the file -> code of `cases`. Another case or accent of these is put right and told.
SITUATIONS = {"Emergencia": "emergency", "Urgencia": "urgency", "Orientación": "orientation"}
TRACKS = {"Trata": "trafficking"}
YES_NO = {"Si": "yes", "No": "no"}
CHANNELS = {
    "Línea 145": "hotline",
    "Línea 149": "hotline",
    "Correo Institucional": "e_mail",
    "Presencial": "in_person",
    "Teléfono institucional": "phone",
    "celular institucional": "phone",
    "teléfono de la coordinación": "phone",
    "teléfono del Ministerio": "phone",
    "Teléfono de la Coordinación General del PNR": "phone",
}
INFORMANTS = {
    "Denunciante - victima directa": "direct_victim",
    "Denunciante - victima indirecta": "indirect_victim",
    "Denunciante - ciudadano": "citizen",
    "Denunciante - institucion": "institution",
}
ROLES = {
    "Victima directa": "victim",
    "Victima indirecta - familiar": "relative",
    "Acusado": "accused",
}
GENDERS = {"Mujer": "Feminine", "Hombre": "Masculine"}
# Known values that no code says exactly: "Denunciante" does not say who, HTCDS has no code for
# the others that would not claim more than was written.
WITHOUT_CODE = frozenset({"denunciante", "transexual", "transgenero", "travesti", "intersex"})
NO_COUNTRY = frozenset({"sin descripcion", "otro"})
# Spellings of one body, each as one of the rows writes it.
BODIES = ("Personas extraviadas", "Línea 144", "Cenavid", "Seguimiento")
# The official's name behind an office is not needed to know where a report went.
_HOLDER = re.compile(r"[\s,;-]*\ba cargo del? .*$", re.IGNORECASE)
# The official name, beside the short one that CLDR has.
_MORE_NAMES = {"estados unidos de america": "US"}
_NO_TERRITORY = {"EU", "EZ", "QO", "UN", "XA", "XB", "XK", "ZZ"}


class Why(StrEnum):
    """Why a value is in the log."""

    SPACES = "spaces"
    SPELLING = "spelling"
    HOLDER_LEFT_OUT = "holder_left_out"
    CUT = "cut"
    UNKNOWN_AGE = "unknown_age"
    NO_CODE = "no_code"
    NO_COUNTRY = "no_country"
    NOT_IN_LIST = "not_in_list"
    EMPTY = "empty"
    NO_HOUR = "no_hour"
    NO_BODY = "no_body"
    NO_DATE = "no_date"
    NO_REFERRAL = "no_referral"
    GAP = "gap"
    BEFORE_ENTRY = "before_entry"
    BEFORE_PREVIOUS = "before_previous"
    NO_ROLE = "no_role"
    UNKNOWN_REPORT = "unknown_report"
    DIFFERS = "differs"
    PERSONS_DIFFER = "persons_differ"


class Treatment(StrEnum):
    """What was done with a value: put right, kept only as written, turned away, or only told."""

    NORMALISED = "normalised"
    KEPT = "kept"
    REJECTED = "rejected"
    TOLD = "told"


TREATMENTS: Mapping[Why, Treatment] = {
    Why.SPACES: Treatment.NORMALISED,
    Why.SPELLING: Treatment.NORMALISED,
    Why.HOLDER_LEFT_OUT: Treatment.NORMALISED,
    Why.CUT: Treatment.NORMALISED,
    Why.UNKNOWN_AGE: Treatment.NORMALISED,
    Why.NO_CODE: Treatment.KEPT,
    Why.NO_COUNTRY: Treatment.KEPT,
    Why.NOT_IN_LIST: Treatment.KEPT,
    Why.NO_REFERRAL: Treatment.KEPT,
    Why.NO_HOUR: Treatment.NORMALISED,
    Why.EMPTY: Treatment.TOLD,
    Why.NO_BODY: Treatment.TOLD,
    Why.NO_DATE: Treatment.TOLD,
    Why.GAP: Treatment.TOLD,
    Why.BEFORE_ENTRY: Treatment.TOLD,
    Why.BEFORE_PREVIOUS: Treatment.TOLD,
    Why.NO_ROLE: Treatment.REJECTED,
    Why.UNKNOWN_REPORT: Treatment.REJECTED,
    Why.DIFFERS: Treatment.REJECTED,
    Why.PERSONS_DIFFER: Treatment.REJECTED,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A value that did not become exactly what it says. `row` as a spreadsheet counts."""

    row: int
    column: str
    found: str
    became: str
    why: Why


@dataclass(frozen=True, slots=True)
class Referral:
    """One link of the chain of a report; `ordinal` 1 to 3."""

    ordinal: int
    body: str
    referred_at: datetime | None
    to_court: bool | None


@dataclass(frozen=True, slots=True)
class Report:
    """A row of the file of reports, in the codes of `cases`; empty where the file does not say."""

    row: int
    number: str
    received_at: datetime
    situation: str
    anonymous: bool | None
    track: str
    channel: str
    informant: str
    place: str
    chain: tuple[Referral, ...]
    original: dict[str, str]


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """A row of the file of persons. `role` is empty for one that cannot be told: not loaded."""

    row: int
    number: str
    role: str
    nationality: str
    details: dict[str, str | int | bool | dict[str, str]]


@dataclass(slots=True)
class Reading:
    """What reading one row found beside its meaning. `coded`: (column, value, code) of lists."""

    row: Row
    findings: list[Finding] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    coded: list[tuple[str, str, str]] = field(default_factory=list)

    def note(self, column: str, became: str, why: Why) -> None:
        """Add a finding about the value of this column."""
        found = self.row.cells[column]
        self.findings.append(Finding(self.row.number, column, found, became, why))

    def refuse(self, column: str, expected: str) -> None:
        """Add a problem with the value of this column."""
        found = self.row.cells[column]
        self.problems.append(Problem(self.row.number, column, found, expected))

    def text(self, column: str) -> str:
        """The value without spaces around it or doubled in it; such spaces are told."""
        found = self.row.cells[column]
        even = " ".join(found.split())
        if even != found:
            self.note(column, even, Why.SPACES)
        return even

    def code(self, column: str, codes: Mapping[str, str], *, needed: bool = False) -> str:
        """The code of the value; empty where it is empty (told if `needed`) or has none (told)."""
        found = self.row.cells[column]
        if found in codes:
            self.coded.append((column, found, codes[found]))
            return codes[found]
        folded = fold(found)
        if not folded and not found.strip():
            if needed:
                self.note(column, "", Why.EMPTY)
            return ""
        for value, code in codes.items():
            if fold(value) == folded:
                self.coded.append((column, found, code))
                self.note(column, code, Why.SPELLING)
                return code
        self.note(column, "", Why.NO_CODE if folded in WITHOUT_CODE else Why.NOT_IN_LIST)
        return ""

    def yes(self, column: str, *, needed: bool = False) -> bool | None:
        """Si, No, or not said."""
        return {"yes": True, "no": False, "": None}[self.code(column, YES_NO, needed=needed)]


def read_report(row: Row, *, now: datetime) -> tuple[Report | None, Reading]:
    """What a row of the file of reports says; None if it has a problem."""
    reading = Reading(row)
    number = _number(reading)
    entered = _date(reading, "fecha_ingreso", now, needed=True)
    at = _hour(reading)
    chain = _chain(reading, entered, now)
    place = _place(reading)
    codes = {
        "situation": reading.code("situacion", SITUATIONS, needed=True),
        "track": reading.code("tema", TRACKS, needed=True),
        "channel": reading.code("via_ingreso", CHANNELS, needed=True),
        "informant": reading.code("denunciante_tipo", INFORMANTS),
    }
    anonymous = reading.yes("es_anonima", needed=True)
    if reading.problems or entered is None:
        return None, reading
    report = Report(
        row=row.number,
        number=number,
        received_at=datetime.combine(entered, at or time(), ZONE),
        anonymous=anonymous,
        place=place,
        chain=chain,
        original=dict(row.cells),
        **codes,
    )
    return report, reading


def read_person(row: Row, *, now: datetime) -> tuple[NamedPerson | None, Reading]:
    """What a row of the file of persons says; None if it has a problem."""
    reading = Reading(row)
    number = _number(reading)
    _date(reading, "fecha_ingreso_denuncia", now, needed=False)
    reading.code("tema", TRACKS, needed=True)
    role = reading.code("referido_tipo", ROLES)
    if not role:
        reading.findings = [f for f in reading.findings if f.column != "referido_tipo"]
        reading.note("referido_tipo", "", Why.NO_ROLE)
    nationality, citizenship = _nationality(reading)
    details: dict[str, str | int | bool | dict[str, str]] = {"original": dict(row.cells)}
    told = {
        "citizenship": citizenship,
        "gender": reading.code("genero", GENDERS),
        "age": _age(reading),
        "place": _place(reading),
        "pregnant": reading.yes("embarazada"),
        "disability": reading.yes("discapacidad"),
    }
    details.update({key: value for key, value in told.items() if value not in ("", None)})
    if reading.problems:
        return None, reading
    return NamedPerson(row.number, number, role, nationality, details), reading


def _number(reading: Reading) -> str:
    number = reading.text("nro_registro_interno")
    if not re.fullmatch(r"[0-9]{1,40}", number):
        reading.refuse("nro_registro_interno", _("the number of the report, digits only"))
    return number


def _date(reading: Reading, column: str, now: datetime, *, needed: bool) -> date | None:
    found = reading.text(column)
    if not found and not needed:
        return None
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", found):
            raise ValueError
        day = date.fromisoformat(found)
    except ValueError:
        reading.refuse(column, _("a date as 2020-12-31"))
        return None
    today = now.astimezone(ZONE).date()
    if day > today:
        told = _("a date that is not in the future (today is %(today)s)")
        reading.refuse(column, told % {"today": today.isoformat()})
    return day


def _hour(reading: Reading) -> time | None:
    found = reading.text("hora_ingreso")
    if not found:
        return None
    try:
        return time.fromisoformat(found).replace(microsecond=0, tzinfo=None)
    except ValueError:
        reading.note("hora_ingreso", "", Why.NOT_IN_LIST)
        return None


def _moment(reading: Reading, column: str, now: datetime) -> datetime | None:
    found = reading.text(column)
    if not found:
        return None
    form = re.fullmatch(
        r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?))?", found
    )
    try:
        if form is None:
            raise ValueError
        day, hour = date.fromisoformat(form[1]), time.fromisoformat(form[2] or "00:00")
    except ValueError:
        reading.refuse(column, _("a date and time as 2020-12-31 23:59"))
        return None
    moment = datetime.combine(day, hour, ZONE)
    if moment > now:
        told = _("a time that is not in the future (now is %(now)s)")
        reading.refuse(column, told % {"now": now.isoformat()})
    elif form[2] is None:
        reading.note(column, moment.strftime("%Y-%m-%d %H:%M"), Why.NO_HOUR)
    return moment


def _chain(reading: Reading, entered: date | None, now: datetime) -> tuple[Referral, ...]:
    chain: list[Referral] = []
    for ordinal, prefix in enumerate(("derivacion", "derivacion2", "derivacion3"), 1):
        body = _body(reading, f"{prefix}_institucion")
        moment = _moment(reading, f"{prefix}_fecha", now)
        to_court = reading.yes(f"{prefix}_judicializa")
        if not body and moment is None:
            if to_court is not None:
                reading.note(f"{prefix}_judicializa", "", Why.NO_REFERRAL)
            continue
        if not body:
            reading.note(f"{prefix}_institucion", "", Why.NO_BODY)
        if moment is None:
            reading.note(f"{prefix}_fecha", "", Why.NO_DATE)
        if ordinal > 1 and (not chain or chain[-1].ordinal != ordinal - 1):
            reading.note(f"{prefix}_institucion", body, Why.GAP)
        _order(reading, f"{prefix}_fecha", moment, entered, chain)
        chain.append(Referral(ordinal, body, moment, to_court))
    return tuple(chain)


def _order(
    reading: Reading,
    column: str,
    moment: datetime | None,
    entered: date | None,
    before: list[Referral],
) -> None:
    """Tell a referral that is dated before the report, or before the referral before it."""
    if moment is None:
        return
    if entered is not None and moment.date() < entered:
        reading.note(column, reading.row.cells[column], Why.BEFORE_ENTRY)
    last = before[-1].referred_at if before else None
    if last is not None and moment < last:
        reading.note(column, reading.row.cells[column], Why.BEFORE_PREVIOUS)


def _body(reading: Reading, column: str) -> str:
    body = reading.text(column)
    office = _HOLDER.sub("", body)
    if office and office != body:
        reading.note(column, office, Why.HOLDER_LEFT_OUT)
        body = office
    for even in BODIES:
        if body != even and fold(body) == fold(even):
            reading.note(column, even, Why.SPELLING)
            body = even
    if len(body) > LONGEST_BODY:
        body = f"{body[: LONGEST_BODY - 1]}…"
        reading.note(column, body, Why.CUT)
    return body


def _place(reading: Reading) -> str:
    parts = [reading.text("localidad"), reading.text("provincia")]
    return ", ".join(dict.fromkeys(part for part in parts if part))


def _age(reading: Reading) -> int | None:
    found = reading.text("edad_aparente")
    if not found:
        return None
    if re.fullmatch(r"0+", found):
        reading.note("edad_aparente", "", Why.UNKNOWN_AGE)
        return None
    if not re.fullmatch(r"[0-9]{1,3}", found) or int(found) > 120:
        reading.note("edad_aparente", "", Why.NOT_IN_LIST)
        return None
    return int(found)


@cache
def _countries() -> dict[str, str]:
    """Folded Spanish name -> ISO 3166-1 alpha-2 (CLDR)."""
    names = Locale("es").territories
    found = {
        fold(name): code
        for code, name in names.items()
        if len(code) == 2 and code.isalpha() and code not in _NO_TERRITORY
    }
    return {**found, **_MORE_NAMES}


def _nationality(reading: Reading) -> tuple[str, str]:
    """(missing, unclear or told; code of the country)."""
    found = reading.row.cells["nacionalidad"]
    folded = fold(found)
    if not found.strip():
        return "missing", ""
    if folded in NO_COUNTRY:
        reading.note("nacionalidad", "", Why.NO_COUNTRY)
        return "unclear", ""
    code = _countries().get(folded)
    if code is None:
        reading.note("nacionalidad", "", Why.NOT_IN_LIST)
        return "unclear", ""
    reading.coded.append(("nacionalidad", found, code))
    return "told", code
