"""Amounts of resources, as YuniKorn reads them from its configuration. Pure.

Source: core, pkg/common/resources: quantity.go and, for how two are compared, resources.go.
"""

import re
from collections.abc import Iterable, Mapping

Amounts = dict[str, int]
"""By YuniKorn's name of the resource; `vcore` in thousandths of a core."""
_QUANTITY = re.compile(r"([0-9]+)\s*([mkKMGTPE]i?)?", re.ASCII)
_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18} | {
    f"{unit}i": 2 ** (10 * power) for power, unit in enumerate("KMGTPE", start=1)
}
_MOST = 2**63 - 1


def amounts(texts: Mapping[str, str] | None) -> Amounts:
    """The whole numbers of a table of quantities.

    Raises:
        ValueError: one is none that YuniKorn reads.
    """
    return {name: _amount(name, str(text)) for name, text in (texts or {}).items()}


def exceeding(small: Amounts, large: Amounts) -> list[str]:
    """The resources of which `small` is more than `large`, which limits only those that it names."""
    return [name for name, amount in small.items() if name in large and amount > large[name]]


def lowest(one: Amounts, other: Amounts) -> Amounts:
    """The lower amount of each resource that either names."""
    return {name: min(each[name] for each in (one, other) if name in each) for name in one | other}


def total(all_of_them: Iterable[Amounts]) -> Amounts:
    """The sum, resource by resource."""
    found: Amounts = {}
    for each in all_of_them:
        for name, amount in each.items():
            found[name] = found.get(name, 0) + amount
    return found


def _amount(name: str, text: str) -> int:
    parts = _QUANTITY.fullmatch(text.strip())
    number, unit = (int(parts[1]), parts[2] or "") if parts else (0, "none")
    if name == "vcore" and unit == "m":
        return number
    if unit not in _UNITS:
        raise ValueError(f"{name} {text!r} is no quantity")
    amount = number * _UNITS[unit] * (1000 if name == "vcore" else 1)
    if amount > _MOST:
        raise ValueError(f"{name} {text!r} is no quantity: more than YuniKorn can count")
    return amount
