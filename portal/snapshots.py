"""Kept figures: reckoning them, keeping them up to date, and reading them.

    current(organisation)             what stands now, None where nothing was reckoned yet
    as_of(day, organisations)         key of the organisation → its row of that day
    series(organisation, days)        one row (or None) for each day
    between(organisation, since, until)
    readable(user, organisation)      codes of the measures that the person may read of it
    month_ends(months)                the ends of the last months that are over
    figure(row, code), values(row)    a measure of `portal.measures` or `portal.work` from a row
    is_fresh(), reckoned_on(day)      whether nothing changed since; the last reckoning up to a day

`refresh` takes up what the triggers of `portal.marks` marked: the tallies concerned are counted anew and summed up along
their paths. `rebuild` does so for everything, nightly and whenever the tree or a setting changed. Both recompute, never
add to what stands; they take turns (`sql.lock`; `refresh` leaves its marks to whoever is at it), and a mark goes in the
transaction that answers it. So either may run twice, at the same time as another, late, or be killed half-way: what it
was about to do is still marked.
"""

import datetime as dt
import functools
import operator
from collections import defaultdict
from collections.abc import Iterable, Set

from django.db import transaction
from django.db.models import Exists, Min, Q, Sum
from django.utils import timezone

from imports import sql
from orgs.access import has_at
from orgs.models import Organisation
from orgs.statistics import Rate
from orgs.terms import add_months, month_end
from orgs.tree import ancestor_paths, children_of, parent_path
from portal import marks
from portal.measures import MEASURES, as_numbers
from portal.models import Mark, Part, Reckoning, Snapshot, Tally
from portal.models.snapshots import COLUMNS, SCOPES, UNIT_COLUMNS, UNITS, UnitPiece
from portal.tallies import FAMILIES, Ask, Found, Pieces, Scope, Tree, Values, of_sums
from portal.work import WORK

LOCK = "portal.snapshots"
MOST_MARKS = 20_000  # so many are answered by reckoning everything
MOST_PLACES = 300  # more are counted with all others
MOST_PATHS = 60  # more are summed up with all others
MOST_COUNTED = 20_000  # tallies of more are read with all others
MEDIAN = "order_days_median"
VALUES = (*COLUMNS, MEDIAN)
PIECE = ("park_id", "cluster_id", "scope", "key")
TREND_MONTHS = 12

Row = dict[str, float | None]
Tallies = dict[tuple[int, str], dict[str, int]]


# --- Reckoning --------------------------------------------------------------------------------------------


def rebuild() -> int:
    """Everything anew, as of today; returns how many rows changed. Marks of before are answered."""
    with transaction.atomic():
        sql.lock(LOCK)
        answered = _marks()
        today, tree = timezone.localdate(), Tree()
        found = _count_all(Ask(today, tree))
        for one in found.values():
            if one.pieces is not None:
                _keep_pieces(one.pieces)
        tallies = _tallies(found)
        Tally.objects.exclude(organisation__in=Organisation.objects.order_by().values("pk")).delete()
        _keep(tallies, COLUMNS, set(Part), tree.paths.keys())
        count = _write(_beyond(found, tree, _sum_all(tree, tallies)), today, is_all=True)
        _answer(answered)
        Reckoning.objects.update_or_create(day=today, defaults={"at": timezone.now(), "afterwards": False})
    return count


def refresh() -> int:
    """What was marked; everything on the first run of a day. Returns how many rows changed.

    Whoever is reckoning already is not waited for: the marks stay for the next run, and no worker is kept from other work.
    """
    today = timezone.localdate()
    if is_fresh():
        return 0
    with transaction.atomic():
        if not sql.try_lock(LOCK):
            return 0
        answered = _marks(MOST_MARKS)
        if not _reckonings(today).exists() or len(answered) == MOST_MARKS:
            return rebuild()
        wanted = defaultdict(set)
        for _, family, place in answered:
            wanted[family].add(place)
        if marks.ALL in wanted:
            return rebuild()
        count = _refresh(wanted, today)
        _answer(answered)
    return count


def _refresh(wanted: dict[str, set], today: dt.date) -> int:
    tree, changed, found = Tree(), set(), {}
    for code, places in wanted.items():
        family = FAMILIES[code]
        is_narrow = family.narrow and None not in places and len(places) <= MOST_PLACES
        among = frozenset(places) if is_narrow else None
        found[code] = one = family.count(Ask(today, tree, among))
        if one.pieces is not None:
            differing = _keep_pieces(one.pieces, among)
            if is_narrow:
                found[code] = one = of_sums(_piece_sums(differing), one.pieces)
                among = one.tallies.keys()
        concerned = among if is_narrow else tree.paths.keys()
        changed |= _keep(_tallies({code: one}), family.columns, {family.part}, concerned)
    paths = set(Organisation.objects.filter(pk__in=changed).order_by().values_list("path", flat=True))
    paths |= {above for path in paths for above in ancestor_paths(path)}
    rows = _sum_paths(paths) if len(paths) <= MOST_PATHS else _sum_all(tree, _kept_tallies())
    return _write(_beyond(found, tree, rows), today)


def backfill(months: int = TREND_MONTHS) -> int:
    """The ends of months before the first day kept of each organisation and place, as far as the registers say today how
    it was then: they may come into the portal one after the other.

    Once and for ever: what is kept of a day is never reckoned again. Returns how many rows were written.
    """
    with transaction.atomic():
        sql.lock(LOCK)
        firsts, founded, tree, count = _first_days(), _founding_days(), Tree(), 0
        days = month_ends(months)
        for day, following in zip(days, [*days[1:], dt.date.max], strict=True):
            wanted = {
                scope: first
                for scope, first in firsts.items()
                if day < first and founded.get(scope, day) <= day
            }
            if wanted:
                rows = _reckon_past(day, tree)
                count += _insert(
                    (day, min(following, first), scope, rows[scope])
                    for scope, first in wanted.items()
                    if scope in rows
                )
                Reckoning.objects.get_or_create(day=day, defaults={"afterwards": True})
    return count


def _reckon_past(day: dt.date, tree: Tree) -> dict[Scope, Row]:
    found = _count_all(Ask(day, tree, is_past=True))
    known = {column for code in found for column in FAMILIES[code].columns}
    return _beyond(found, tree, _sum_all(tree, _tallies(found), known))


def _first_days() -> dict[Scope, dt.date]:
    keys = [f"{scope}_id" for scope in SCOPES]
    rows = Snapshot.objects.order_by().values(*keys).annotate(first=Min("since"))
    return {scope_of(found): first for *found, first in rows.values_list(*keys, "first")}


def _founding_days() -> dict[Scope, dt.date]:
    """Where known; one that was not yet founded has no past."""
    rows = Organisation.objects.filter(founded_on__isnull=False).order_by().values_list("pk", "founded_on")
    return {("organisation", pk): day for pk, day in rows}


def month_ends(months: int = TREND_MONTHS) -> list[dt.date]:
    """The ends of the last months that are over, oldest first."""
    today = timezone.localdate()
    return [month_end(add_months(today.replace(day=1), -back)) for back in range(months, 0, -1)]


def _count_all(ask: Ask) -> dict[str, Found]:
    return {
        code: family.count(ask) for code, family in FAMILIES.items() if family.knows_past or not ask.is_past
    }


def _reckonings(day: dt.date):
    return Reckoning.objects.filter(day=day, afterwards=False)


def _marks(most: int | None = None) -> list[tuple[int, str, int | None]]:
    """Read before anything else: whatever is marked later may have been changed too late for this run."""
    return list(Mark.objects.order_by("pk").values_list("pk", "family", "place")[:most])


def _answer(answered) -> None:
    sql.delete_rows(Mark, "pk", [pk for pk, *_ in answered])


# --- Tallies ----------------------------------------------------------------------------------------------


def _tallies(found: dict[str, Found]) -> Tallies:
    tallies: Tallies = defaultdict(dict)
    for code, one in found.items():
        family = FAMILIES[code]
        for pk, values in one.tallies.items():
            tallies[pk, family.part].update(zip(family.columns, values, strict=True))
    return tallies


def _kept_tallies(**where) -> Tallies:
    rows = Tally.objects.filter(**where).order_by().values_list("organisation_id", "part", *COLUMNS)
    return {(pk, part): dict(zip(COLUMNS, values, strict=True)) for pk, part, *values in rows}


def _keep(tallies: Tallies, columns: tuple[str, ...], parts: Set[str], organisations: Set[int]) -> set[int]:
    """Stores what differs of `columns`, nought where nothing was counted; returns whose tallies differed."""
    rows = Tally.objects.filter(part__in=parts).order_by()
    counted = {pk for pk, _ in tallies}
    if len(organisations) <= MOST_PLACES:
        rows = rows.filter(organisation__in=organisations)
    elif len(counted) <= MOST_COUNTED:
        # Of a family that concerns few: theirs, and those of who has something that may be no more.
        filled = (Q(**{f"{column}__{sign}": 0}) for column in columns for sign in ("gt", "lt"))
        rows = rows.filter(functools.reduce(operator.or_, filled, Q(organisation__in=counted)))
    stored = {
        (organisation, part): (pk, tuple(value or 0 for value in values))
        for pk, organisation, part, *values in rows.values_list("pk", "organisation_id", "part", *columns)
    }
    new, differing, changed = [], [], set()
    nothing = dict.fromkeys(columns, 0)
    for key in stored.keys() | tallies.keys():
        if key[0] not in organisations:
            continue
        found = tallies.get(key, nothing)
        values = tuple(found.get(column, 0) for column in columns)
        pk, before = stored.get(key, (None, None))
        if pk is None and any(values):
            new.append((*key, *values))
        elif pk is not None and before != values:
            differing.append((pk, *values))
        else:
            continue
        changed.add(key[0])
    sql.insert_rows(Tally, ("organisation", "part", *columns), new)
    _update(Tally, columns, differing)
    return changed


def _update(model, columns: tuple[str, ...], rows: list[tuple]) -> None:
    """Each row is (key, *values). Many go by a table of their own, which few are not worth."""
    if len(rows) > MOST_PATHS:
        sql.update_rows(model, columns, rows)
    elif rows:
        model.objects.bulk_update(
            [model(pk=pk, **dict(zip(columns, values, strict=True))) for pk, *values in rows], columns
        )


def _keep_pieces(pieces: Pieces, parks: frozenset[int] | None = None) -> set[Scope]:
    """Stores what differs of the pieces of `parks` (None: of all); returns what they are pieces of."""
    rows = UnitPiece.objects.order_by()
    if parks is not None:
        rows = rows.filter(park_id__in=parks)
    stored, keys = {}, {}
    size = len(PIECE)
    for pk, *found in rows.values_list("pk", *PIECE, *UNIT_COLUMNS):
        place = tuple(found[:size])
        stored[place], keys[place] = tuple(found[size:]), pk
    over = [place for place, values in stored.items() if pieces.get(place) != values]
    new = [place for place, values in pieces.items() if stored.get(place) != values]
    sql.delete_rows(UnitPiece, "pk", [keys[place] for place in over])
    sql.insert_rows(UnitPiece, (*PIECE, *UNIT_COLUMNS), [(*place, *pieces[place]) for place in new])
    return {(scope, key) for _, _, scope, key in (*over, *new)}


def _piece_sums(scopes: set[Scope]) -> dict[Scope, Values]:
    """Of all parks together, as stored."""
    wanted = defaultdict(list)
    for scope, key in scopes:
        wanted[scope].append(key)
    found = dict.fromkeys(scopes, (0,) * len(UNIT_COLUMNS))
    totals = {f"sum_{name}": Sum(name) for name in UNIT_COLUMNS}
    for scope, keys in wanted.items():
        rows = UnitPiece.objects.filter(scope=scope, key__in=keys).order_by().values("key").annotate(**totals)
        found |= {(scope, key): tuple(values) for key, *values in rows.values_list("key", *totals)}
    return found


# --- Sums -------------------------------------------------------------------------------------------------


def _sum_all(tree: Tree, tallies: Tallies, columns: Iterable[str] = COLUMNS) -> dict[Scope, Row]:
    """Of every organisation: its tallies and those of all below."""
    sums = {path: dict.fromkeys(columns, 0) for path in tree.paths.values()}
    for (pk, _), counted in tallies.items():
        if path := tree.paths.get(pk):
            _add(sums[path], counted)
    _add_upwards(sums)
    return {("organisation", tree.keys[path]): row for path, row in sums.items()}


def _sum_paths(paths: set[str]) -> dict[Scope, Row]:
    """Of the organisations at `paths`, which hold with each all above it: their tallies and what stands directly below."""
    if not paths:
        return {}
    keys = dict(Organisation.objects.filter(path__in=paths).order_by().values_list("path", "pk"))
    sums = {path: dict.fromkeys(COLUMNS, 0) for path in keys}
    by_key = {pk: path for path, pk in keys.items()}
    for (pk, _), counted in _kept_tallies(organisation__in=by_key).items():
        _add(sums[by_key[pk]], counted)
    below = Organisation.objects.filter(children_of(sorted(paths))).exclude(path__in=paths).order_by()
    standing = Snapshot.objects.filter(until=None, organisation__in=below.values("pk")).order_by()
    for path, *values in standing.values_list("organisation__path", *COLUMNS):
        _add(sums[parent_path(path)], dict(zip(COLUMNS, values, strict=True)))
    _add_upwards(sums)
    return {("organisation", pk): sums[path] for path, pk in keys.items()}


def _add_upwards(sums: dict[str, dict[str, int]]) -> None:
    """Each to the one above it, the deepest first."""
    for path in sorted(sums, reverse=True):
        if above := sums.get(parent_path(path)):
            _add(above, sums[path])


def _add(sums: dict[str, int], more: dict[str, int | None]) -> None:
    for column, value in more.items():
        if value and column in sums:
            sums[column] += value


def _beyond(found: dict[str, Found], tree: Tree, rows: dict[Scope, Row]) -> dict[Scope, Row]:
    """`rows` with what is no sum of tallies: figures of places, medians."""
    for code, one in found.items():
        for scope, values in (one.places or {}).items():
            rows[scope] = dict(zip(FAMILIES[code].columns, values, strict=True))
        if one.medians is not None:
            for pk, median in _differing_medians(one.medians).items():
                if pk in tree.paths:
                    rows.setdefault(("organisation", pk), {})[MEDIAN] = median
    return rows


def _differing_medians(medians: dict[int, float]) -> dict[int, float | None]:
    """Those that are not what stands."""
    rows = Snapshot.objects.filter(
        until=None, organisation__isnull=False, order_days_median__isnull=False
    ).order_by()
    standing = dict(rows.values_list("organisation_id", MEDIAN))
    return {
        pk: medians.get(pk) for pk in standing.keys() | medians.keys() if medians.get(pk) != standing.get(pk)
    }


# --- Writing ----------------------------------------------------------------------------------------------

FIELDS = ("since", "until", *SCOPES, *VALUES, "written_at")


def _write(rows: dict[Scope, Row], today: dt.date, *, is_all: bool = False) -> int:
    """What differs from what stands: in place where that is of today, else as a new row. Returns how many those were.

    What is of a day to come, because a clock was ahead, counts as of today. A row may hold some of the columns; the others
    stay. `is_all`: what is not among `rows` is no more.
    """
    new, differing, over = [], [], []
    found, columns = set(), set()
    for pk, since, scope, before in _standing(rows, is_all):
        found.add(scope)
        row = rows.get(scope)
        if row is None:
            over.append(pk)
            continue
        after = before | row
        if after == before:
            continue
        if since >= today:
            differing.append((pk, after))
            columns |= {name for name in VALUES if after[name] != before[name]}
        else:
            over.append(pk)
            new.append((today, None, scope, after))
    new += [(today, None, scope, row) for scope, row in rows.items() if scope not in found]
    Snapshot.objects.filter(pk__in=over, since__gte=today).delete()  # gone on the day it came
    for start in range(0, len(over), MOST_PLACES):
        Snapshot.objects.filter(pk__in=over[start : start + MOST_PLACES]).update(until=today)
    names = (*sorted(columns), "written_at")
    now = timezone.now()
    _update(Snapshot, names, [(pk, *(row[name] for name in names[:-1]), now) for pk, row in differing])
    return _insert(new) + len(differing)


def _standing(rows: dict[Scope, Row], is_all: bool) -> list[tuple[int, dt.date, Scope, Row]]:
    standing = Snapshot.objects.filter(until=None).order_by()
    if not is_all and len(rows) <= MOST_PLACES:
        wanted = defaultdict(list)
        for scope, pk in rows:
            wanted[scope].append(pk)
        conditions = (Q(**{f"{scope}__in": keys}) for scope, keys in wanted.items())
        standing = standing.filter(functools.reduce(operator.or_, conditions, Q(pk__in=[])))
    size = len(SCOPES)
    return [
        (pk, since, scope_of(rest[:size]), dict(zip(VALUES, rest[size:], strict=True)))
        for pk, since, *rest in standing.values_list("pk", "since", *(f"{s}_id" for s in SCOPES), *VALUES)
    ]


def scope_of(keys) -> Scope:
    """What a row is about, from its keys in the order of `SCOPES`, of which one is filled."""
    return next((scope, pk) for scope, pk in zip(SCOPES, keys, strict=True) if pk is not None)


def _insert(rows: Iterable[tuple[dt.date, dt.date | None, Scope, Row]]) -> int:
    now = timezone.now()
    return sql.insert_rows(
        Snapshot,
        FIELDS,
        (
            (since, until, *(pk if scope == name else None for name in SCOPES), *map(row.get, VALUES), now)
            for since, until, (scope, pk), row in rows
        ),
    )


# --- Reading ----------------------------------------------------------------------------------------------


def current(organisation) -> Snapshot | None:
    return Snapshot.objects.filter(organisation=organisation.pk, until=None).first()


def as_of(day: dt.date, organisations) -> dict[int, Snapshot]:
    """Of each of `organisations` (a query set) as they stood at the end of the day; those not known then are missing."""
    rows = Snapshot.objects.current(day).filter(organisation__in=organisations.order_by().values("pk"))
    return {row.organisation_id: row for row in rows.order_by()}


def series(organisation, days: list[dt.date]) -> list[Snapshot | None]:
    """One for each of `days`; one query."""
    rows = between(organisation, min(days), max(days))
    return [
        next((row for row in rows if row.since <= day and (row.until is None or day < row.until)), None)
        for day in days
    ]


def between(organisation, since: dt.date, until: dt.date) -> list[Snapshot]:
    """The rows of these days, both included, oldest first."""
    rows = Snapshot.objects.filter(organisation=organisation.pk, since__lte=until).order_by("since")
    return list(rows.exclude(until__lte=since))


def readable(user, organisation) -> set[str]:
    """The measures that the person may read of it."""
    of_work = {code for code, measure in WORK.items() if has_at(user, measure.permission, organisation)}
    return of_work | set(MEASURES)


def is_fresh() -> bool:
    """Nothing that counts was changed since the last reckoning, and everything was reckoned today. One query."""
    return _reckonings(timezone.localdate()).exclude(Exists(Mark.objects.all())).exists()


def is_fresh_of(family: str) -> Q:
    """As `is_fresh` for one family, a condition on rows that are read anyway."""
    changed = Mark.objects.filter(family__in=(family, marks.ALL))
    return Q(Exists(_reckonings(timezone.localdate()))) & ~Q(Exists(changed))


def reckoned_on(day: dt.date) -> Reckoning | None:
    """The last reckoning up to the end of the day: how far the figures as of that day are known."""
    return Reckoning.objects.filter(day__lte=day).first()


def figure(row: Snapshot | None, code: str) -> Rate | float | None:
    """A share with its counts, or a number; None where nothing is known."""
    if row is None:
        return None
    if code in MEASURES:
        return _of_units(row, MEASURES[code])
    value = OF_WORK[code](row)
    known = (value.numerator, value.denominator) if isinstance(value, Rate) else (value,)
    return None if None in known else value


def _of_units(row, measure) -> Rate | int | None:
    active = row.units_active
    if active is None:
        return None
    count = active - row.units_work if measure.count == "uncovered" else getattr(row, UNITS + measure.count)
    return Rate(count, active) if measure.is_rate else count


def _rate(numerator: str, denominator: str):
    return lambda row: Rate(getattr(row, numerator), getattr(row, denominator))


def _participations(row):
    return None if row.present is None else row.present + row.guests


# Every measure of `portal.work`.
OF_WORK = {
    "members": lambda row: row.members,
    "probationary": lambda row: row.probationary,
    "recruited": lambda row: row.recruited,
    "converted": lambda row: row.converted,
    "applicants": lambda row: row.applicants,
    "activists": lambda row: row.activists,
    "candidates": lambda row: row.candidates,
    "cases_overdue": lambda row: row.cases_overdue,
    "dues_rate": _rate("dues_paid", "dues_charges"),
    "in_arrears": lambda row: row.in_arrears,
    "activities": lambda row: row.activities,
    "participations": _participations,
    "participation_rate": _rate("present", "expected"),
    "member_reach": _rate("reached", "members"),
    "duty_rate": _rate("duties_met", "duties_due"),
    "training_rate": _rate("trained", "members"),
    "bookings": lambda row: row.bookings,
    "agreements": lambda row: row.agreements,
    "agreements_expiring": lambda row: row.agreements_expiring,
    "orders_closed_rate": _rate("orders_finished", "orders_taken"),
    "order_days_median": lambda row: row.order_days_median,
    "order_rating": lambda row: row.rating_sum / row.orders_rated if row.orders_rated else None,
}


def values(row: Snapshot | None) -> dict[str, dict]:
    """As `portal.measures.values` and `portal.work.values` give them, of every measure that is known."""
    found = {code: figure(row, code) for code in (*MEASURES, *OF_WORK)}
    active = None if row is None else row.units_active
    return {code: _numbers(code, value, active) for code, value in found.items() if value is not None}


def _numbers(code, value, active) -> dict:
    if not isinstance(value, Rate):
        value = Rate(value, active) if code in MEASURES else value
    if isinstance(value, Rate):
        return as_numbers(value.numerator, value.denominator, value.value)
    return as_numbers(None, None, value)
