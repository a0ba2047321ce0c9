"""Matching as one would write it down first: each with each. Test and bench hold `linkages.ranking` against it."""

from collections import Counter

from linkages.ranking import FEW_WORDS, RARE, RARE_SHARE, Entry, Pact


def covers(side, entry: Entry) -> bool:
    if isinstance(side, int):
        return entry.partner == side
    return any(path.startswith(side) for path in entry.paths)


def bound(one: Entry, other: Entry, pacts: list[Pact]) -> bool:
    """Parties of one agreement cover them; where one party stands above the other, it means only itself."""

    def is_for(side, others, entry):
        if not covers(side, entry):
            return False
        above = isinstance(side, str) and isinstance(others, str) and others.startswith(side)
        return not above or side in entry.paths

    return any(
        is_for(left, right, one) and is_for(right, left, other)
        for pact in pacts
        for left in pact.sides
        for right in pact.sides
        if left != right
    )


def score(one: Entry, other: Entry, pacts, common) -> int:
    if one.unit is not None and one.unit == other.unit:
        return 0
    words = len((one.terms & other.terms) - common)
    same = one.kind == other.kind and one.kind != "other"
    if not same and words < FEW_WORDS:
        return 0
    near = (one.cluster and one.cluster == other.cluster) or (one.chain and one.chain == other.chain)
    park = one.park and one.park == other.park
    return 8000 * bound(one, other, pacts) + 4000 * bool(park) + 2000 * bool(near) + 1000 * same + words


def common_terms(rows: list[Entry]) -> set[str]:
    counts = Counter(term for row in rows for term in row.terms)
    most = max(RARE, RARE_SHARE * len(rows))
    return {term for term, count in counts.items() if count > most}


def naive(entry: Entry, rows: list[Entry], pacts: list[Pact], common=None) -> list[tuple[int, int]]:
    """(key, score), the best first, among equals the newest."""
    common = common_terms(rows) if common is None else common
    own = [pact for pact in pacts if any(covers(side, entry) for side in pact.sides)]
    found = [(row.pk, score(entry, row, own, common)) for row in rows]
    return sorted((pair for pair in found if pair[1]), key=lambda pair: (-pair[1], -pair[0]))
