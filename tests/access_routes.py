"""How `tests/access_table.py` and its parts write down who gets what from which address.

People are letters, see `tests/access_world.py`. A right is written “who may / who sees the row but may not”; all
others do not find the row (404) or, where an address names none, are refused (403). A final “!” says that the right
is asked before the row is looked for: all others get 403. “?” finds nothing for anybody.
"""

from dataclasses import dataclass

from django.urls import reverse

ALL = "AUOSLCMDTPKW"
READ = "AOSLDTP"
CHANGE = "AODTP/SL"
UNIT = "AODTP/SLC"  # enterprises, which their contacts see too
WORK = "OSDT/ALPC"
REVEAL = "OSDT/ALP"
TOP = "TP/AOSLD"
IMPORT = "AODTP"
MY_RUN = "OTP"  # a run of the area's officer: theirs, and of whoever keeps the whole register
ACCOUNTS = "AP!"
EXPORT = "AOTP"
OFFICER = "O"  # what belongs to the officer personally


@dataclass(frozen=True)
class Route:
    """`names` are the words of the address; one that begins with “=” is meant as it stands, others name a row.

    `shared` rows belong to nobody's area; `open` pages answer people who are not signed in.
    """

    names: dict[str, str]
    methods: dict[str, str]
    shared: bool = False
    open: bool = False

    def address(self, name: str, keys: dict) -> str:
        """Of the route of that name, about the rows that `keys` name."""
        words = {kwarg: key[1:] if key.startswith("=") else keys[key] for kwarg, key in self.names.items()}
        return reverse(name, kwargs=words)

    @property
    def has_row(self) -> bool:
        return any(not key.startswith("=") for key in self.names.values())


def page(get="", post="", **more) -> Route:
    return Route({}, methods(get, post), **more)


def row(key, get="", post="", patch="", **more) -> Route:
    return Route({"pk": key}, methods(get, post, patch), **more)


def form(key, right) -> Route:
    """A page with a form about one row."""
    return row(key, right, right)


def methods(get="", post="", patch=""):
    return {name: right for name, right in (("GET", get), ("POST", post), ("PATCH", patch)) if right}
