"""Several runs side by side: what each would build, cost, earn and need."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evplan.csvs import read_csv, write_csv
from evplan.errors import InputError
from evplan.paths import replacing
from evplan.report import figures, words
from evplan.report.drawing import drawn_paths
from evplan.report.page import Page, Section, Table, write_html, write_pdf
from evplan.report.sealed import sealed
from evplan.report.workbook.book import opened

if TYPE_CHECKING:
    import pandas as pd

MOST, MOST_INPUTS = 12, 60  # runs on one page, and inputs that differ


def render_together(folders: Sequence[Path], output: Path, formats: Sequence[str] = ("html",)) -> list[Path]:
    """Write comparison.html (or .pdf, .xlsx, .csv, .json) of several run folders into a folder; return the files.

    Raises: InputError for fewer than two runs, too many, runs in different currencies, or a folder that was changed.
    """
    if not 2 <= len(folders) <= MOST:
        raise InputError(f"a comparison needs 2 to {MOST} run folders (got {len(folders)})")
    runs = dict(zip(_names(folders), (sealed(folder, "plan") for folder in folders), strict=True))
    currencies = {said["currency"] for said in runs.values()}
    if len(currencies) > 1:
        raise InputError(
            f"the runs are in different currencies ({', '.join(sorted(currencies))}) and cannot stand side by side"
        )
    output.mkdir(parents=True, exist_ok=True)
    inputs = {name: _inputs(folder) for name, folder in zip(runs, folders, strict=True)}
    return [_written(name, runs, inputs, output / f"comparison.{name}") for name in dict.fromkeys((*formats, "csv"))]


def _written(name: str, runs: dict[str, dict[str, Any]], inputs: dict[str, dict[str, str]], path: Path) -> Path:
    """Write the comparison in one format; return its path."""
    if name == "html":
        return write_html(_page(runs, inputs), path)
    if name == "pdf":
        with drawn_paths():
            page = _page(runs, inputs)
        return write_pdf(page, path)
    table = comparison_table(runs)
    if name == "xlsx":
        return _workbook(table, next(iter(runs.values()))["horizon"]["start"], path)
    if name == "csv":
        write_csv(path, table)
    else:
        with replacing(path) as temporary:
            table.to_json(temporary, orient="records", indent=1)
    return path


def _page(runs: dict[str, dict[str, Any]], inputs: dict[str, dict[str, str]]) -> Page:
    """Return the page that sets runs side by side."""
    every, names = list(runs.values()), list(runs)
    currency = every[0]["currency"]
    figure = figures.runs({name: said["portfolio"] for name, said in runs.items()}, currency)
    told = (words.verdict(said["portfolio"], said["finance"]["target_irr"], currency) for said in every)
    blocks = (
        *_blocks(runs, currency),
        ("Terms of money", _terms(every)),
        *_differing(inputs),
        ("Can it be trusted?", _proofs(runs)),
    )
    tables = (
        Section(heading, table=Table(["", *names], [[title, *cells] for title, cells in lines], 7))
        for heading, lines in blocks
    )
    return Page(
        title=f"{len(runs)} runs side by side",
        subtitle=f"Amounts in {currency}.",
        verdict=tuple(f"{name}. {verdict}" for name, verdict in zip(names, told, strict=True)),
        pays=all(said["portfolio"]["viability_gap"]["grant"] == 0 and said["status"] == "optimal" for said in every),
        sections=(Section("What each costs and is worth", figures=(figure,)), *tables),
        footer=f"evplan {every[0]['evplan_version']}; " + "; ".join(f"{name} {said['instance_hash'][:12]}…" for name, said in runs.items()),
    )  # fmt: skip


def _workbook(table: pd.DataFrame, begins: str, path: Path) -> Path:
    """Write the numbers of all runs, and by how much each portfolio differs from the first, as formulas."""
    from xlsxwriter.utility import xl_rowcol_to_cell

    figures_of = [
        name
        for name in ("capex", "npv", "irr", "payback_years", "lcoc_per_kwh", "grant", "owners_npv")
        if name in table
    ]
    whole = table[table["site"] == "portfolio"]
    with opened(path, "evplan: runs side by side", begins) as (book, formats):
        pages = book.add_worksheet("Portfolio"), book.add_worksheet("All")
        for page, own, names in zip(pages, (whole, table), (["run", *figures_of], list(table.columns)), strict=True):
            page.freeze_panes(1, 1)
            page.set_column(0, len(names), 15)
            for column, name in enumerate(names):
                page.write_string(0, column, name, formats["bold"])
                for row, value in enumerate(own[name], start=1):
                    if isinstance(value, str):
                        page.write_string(row, column, value, formats["text"])
                    elif value == value and value is not None:
                        page.write_number(
                            row, column, float(value), formats["money" if abs(value) >= 1000 else "plain"]
                        )
        for column, name in enumerate(figures_of, start=len(figures_of) + 1):
            pages[0].write_string(0, column, f"{name}, less the first run's", formats["bold"])
            values = whole[name].to_numpy(float)
            for row, value in enumerate(values - values[0], start=1):
                this, first = (xl_rowcol_to_cell(k, column - len(figures_of), k == 1, False) for k in (row, 1))
                if value == value:
                    pages[0].write_formula(
                        row, column, f"={this}-{first}", formats["money" if abs(value) >= 1000 else "plain"], value
                    )
    return path


def _names(folders: Sequence[Path]) -> list[str]:
    """Return a name for each run: its folder's, with its parent's where two are the same."""
    short = [folder.resolve().name for folder in folders]
    found = [
        name if short.count(name) == 1 else f"{folder.resolve().parent.name}/{name}"
        for name, folder in zip(short, folders, strict=True)
    ]
    if len(set(found)) < len(found):
        raise InputError(f"a run folder is named twice: {next(name for name in found if found.count(name) > 1)}")
    return found


def comparison_table(runs: dict[str, dict[str, Any]]) -> pd.DataFrame:
    """Return one row per run and site, and one for each run's portfolio."""
    import pandas as pd

    rows = []
    for name, said in runs.items():
        for group in (*said["sites"], {"name": "portfolio", **said["portfolio"]}):
            owners, gap = group["owners"], group["viability_gap"]
            rows.append({
                "run": name, "site": group["name"], "currency": said["currency"], "status": said["status"],
                "objective": group.get("objective", said["objective"]), "gap": group.get("gap", said["gap"]),
                **{f"{kind}_count": n for kind, n in group.get("chargers", {}).items()},
                **{size: group.get(size) for size in ("pv_kw", "battery_kwh", "battery_kw", "connection_kw")},
                "capex": group["capex"], "npv": group["npv"], "irr": group["irr"], "irr_status": group["irr_status"],
                "payback_years": group["payback_years"], "lcoc_per_kwh": group["lcoc_per_kwh"], "grant": gap["grant"],
                "per_kwh": gap["per_kwh"], "loan": owners["loan"], "owners_npv": owners["npv"], "owners_irr": owners["irr"],
                "min_dscr": owners["min_dscr"], "instance_hash": said["instance_hash"],
            })  # fmt: skip
    return pd.DataFrame(rows)


def _blocks(runs: dict[str, dict[str, Any]], currency: str) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    """Return the lines of each site, and of all together: what is built, and what it comes to."""
    sites = list(dict.fromkeys(site["name"] for said in runs.values() for site in said["sites"]))
    blocks = [("All sites", _money([said["portfolio"] for said in runs.values()], currency))]
    for name in sites:
        own = [next((site for site in said["sites"] if site["name"] == name), None) for said in runs.values()]
        blocks.append((name, [*_sizes(own, currency), *_money(own, currency)]))
    return blocks


def _sizes(own: list[dict[str, Any] | None], currency: str) -> list[tuple[str, list[str]]]:
    def line(title: str, of: Any) -> tuple[str, list[str]]:
        return title, ["–" if site is None else of(site) for site in own]

    return [
        line("Chargers", lambda s: ", ".join(f"{n} × {kind}" for kind, n in s["chargers"].items() if n) or "none"),
        line("Solar", lambda s: words.number(s["pv_kw"], "kW", 1) if s["pv_kw"] else "none"),
        line("Battery", lambda s: words.number(s["battery_kwh"], "kWh", 1) if s["battery_kwh"] else "none"),
        line("Grid connection", lambda s: words.number(s["connection_kw"], "kW")),
        line("Tariff", lambda s: s["tariff"]),
        line("Bill of the first year", lambda s: words.money(s["bill"]["total"], currency)),
    ]


def _money(own: list[dict[str, Any] | None], currency: str) -> list[tuple[str, list[str]]]:
    def line(title: str, of: Any) -> tuple[str, list[str]]:
        return title, ["–" if group is None else of(group) for group in own]

    lines = [
        line("Construction", lambda g: words.money(g["capex"], currency)),
        *(
            [line("… and by the host", lambda g: words.money(g["host_capex"], currency))]
            if any(group is not None and group["host_capex"] for group in own)
            else []
        ),
        line("Net present value", lambda g: words.money(g["npv"], currency)),
        line("Internal rate of return", words.rate_of_return),
        line("Payback", lambda g: words.number(g["payback_years"], "years", 1)),
        line("Levelised cost of charging", lambda g: words.number(g["lcoc_per_kwh"], f"{currency}/kWh", 3)),
        line("Viability gap: grant", lambda g: words.money(g["viability_gap"]["grant"], currency)),
    ]
    if any(group is not None and group["owners"]["loan"] for group in own):
        lines += [
            line("Loan", lambda g: words.money(g["owners"]["loan"], currency)),
            line("Owners' rate of return", lambda g: words.rate_of_return(g["owners"])),
            line("Least DSCR", lambda g: words.times(g["owners"]["min_dscr"])),
        ]
    return lines


def _terms(every: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    """Return what figures of money rest on in each run: they can be compared where these are the same."""
    finance = [said["finance"] for said in every]
    return [
        (
            "Discount rate; target return",
            [f"{words.percent(f['discount_rate'])}; {words.percent(f['target_irr'])}" for f in finance],
        ),
        ("Amounts fall at the", [f"{f['discounting']} of their year" for f in finance]),
        (
            "Tax; losses; tax credits",
            [f"{words.percent(f['tax_rate'], 0)}; {f['losses']}; {f['tax_credits']}" for f in finance],
        ),
        ("Inflation", [words.percent(f["inflation"]) for f in finance]),
        ("Years, from", [f"{said['horizon']['years']}, {said['horizon']['start']}" for said in every]),
    ]


def _differing(inputs: dict[str, dict[str, str]]) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    """Return the inputs that are not the same in all runs; nothing where all are. inputs : of each run, value by name."""
    names = list(dict.fromkeys(name for own in inputs.values() for name in own))
    rows = [(name, [own.get(name, "–") for own in inputs.values()]) for name in names]
    found = [(name, cells) for name, cells in rows if len(set(cells)) > 1 and name not in ("title", "solver.gap")]
    left = len(found) - MOST_INPUTS
    more = [(f"… and {left} more: inputs.csv of each run", [""] * len(inputs))] if left > 0 else []
    return [("Inputs that differ", [*found[:MOST_INPUTS], *more])] if found else []


def _inputs(folder: Path) -> dict[str, str]:
    """Return the inputs of a run, value with unit by name."""
    table = read_csv(folder / "inputs.csv", dtype=str, keep_default_na=False)
    return {row.input: f"{row.value} {row.unit}".strip() for row in table.itertuples()}


def _proofs(runs: dict[str, dict[str, Any]]) -> list[tuple[str, list[str]]]:
    """Return how far each run can be trusted, and from what it came."""
    every = list(runs.values())
    return [
        ("Proof", [f"{words.STATUS[said['status']]}, gap {words.percent(said['gap'], 3)}" for said in every]),
        ("Worst residual of the check", [f"{said['checker']['worst_residual']:.1e}" for said in every]),
        ("Instance", [f"{said['instance']}{', ' + said['scenario'] if said['scenario'] else ''}" for said in every]),
        ("SHA-256", [f"{said['instance_hash'][:16]}…" for said in every]),
        ("evplan", [said["evplan_version"] for said in every]),
    ]
