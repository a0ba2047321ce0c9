"""One line of a table of steps. The tables stand with what they are about: `orders`, `challenges`, `secondments`,
`commitments` (`transitions`) and `policies` (`rules`); pages, interface and actions ask them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """`by` are the sides that may take it; where a table knows no sides it is the keeper's. `target` None leaves the state.
    `asks` names the fields of its form, `done` is what the person reads afterwards, `confirm` what they are asked before."""

    by: frozenset
    sources: tuple[str, ...]
    target: str | None
    done: str
    asks: tuple[str, ...] = ()
    confirm: str = ""
    is_main: bool = False
    """The step that the state waits for: the page shows it open."""


def rule(*by, kind: type[Rule] = Rule, **values) -> Rule:
    return kind(frozenset(by), **values)
