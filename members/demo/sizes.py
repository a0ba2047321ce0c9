"""How many people the register of one science city holds: the published figures of the model this portal serves."""

MEMBERS = 31_439
PROBATIONARY = 1_163
LEFT = 1_240  # people of the past two years who are no longer counted

MONTHS = 24  # since when postings are known by the day
FLOATING = 0.03
RESERVED = 0.002
TRANSFERRED_IN = 0.05
MOVED = 0.025
UNVERIFIED = 0.004

LARGEST_BRANCH = 50
SMALLEST_BRANCH = 3  # full members: with fewer no branch may stand alone

# People who lead: how many of each the model park names, and what belongs to such a park beside them.
LEADING = {"post": 120, "zone": 36, "vanguard": 12, "shock": 10, "volunteer": 15, "chief": 8, "engineer": 24}
ROLES = {"party": 9, "people": 8, "cppcc": 6, "seat": 4, "observer": 19}
