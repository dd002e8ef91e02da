"""What a site is to its host, as lines of a table."""

from __future__ import annotations

from typing import Any

from evplan.report import words

NOTE = (
    "The host gets the lease and its share of revenue, and pays for what is named, with its replacements; all other figures are "
    "the operator's. Where the host pays for something, sizes are those that are best for both together, to whom lease and share are no "
    "cost. Year by year: cashflow.csv, level host."
)


def rows(said: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Return the lines of all sites that have a host. said : the summary of a run."""
    hosts, currency = [site["host"] for site in said["sites"] if site["host"]], said["currency"]
    if not hosts:
        return []
    money = [[words.money(host[of], currency) for host in hosts] for of in ("lease_first_year", "share_first_year")]
    pays = [", ".join(f"{name} {words.money(cost, currency)}" for name, cost in host["pays"].items()) for host in hosts]
    worth = [f"{words.money(host['npv'], currency)} at {words.percent(host['rate'])}" for host in hosts]
    return [
        ("Lease, first year", money[0]),
        ("Share of revenue, first year", money[1]),
        ("Pays for", [one or "nothing" for one in pays]),
        ("Net present value", worth),
        ("Internal rate of return", [words.rate_of_return(host) for host in hosts]),
        (
            "Host and operator together, at the operator's rate",
            [words.money(host["together_npv"], currency) for host in hosts],
        ),
        ("Payback", [words.number(host["payback_years"], "years", 1) for host in hosts]),
    ]
