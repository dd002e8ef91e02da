"""Whatever happens to a sound tree, the reader returns an instance or says what is wrong; it never breaks."""

import copy
import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from spoiled import JARGON, places

from evplan.errors import InputError
from evplan.instance.read import read
from evplan.instance.source import plain, read_source

SOUND = Path(__file__).parent / "sound.yaml"
TREE = plain(read_source(SOUND).tree)
MANY = 300  # ten thousand were tried once; these keep the suite quick

odd_numbers = st.sampled_from(
    [0, -1, 1, 2, 60, 10**30, 10**400, -(10**400), 0.5, -0.5, 1e308, float("nan"), float("inf")]
)
words = st.sampled_from([
    "", " ", "dc50", "dc150", "gate-city", "general-service", "us/dc50", "us/solar", "us/", "a/b/c", "17:00", "24:00",
    "no such", "pvlib:", "pvlib:../x", "\0", "x" * 3000, "2027-01-01", "25%", "1,5", "lfp", "nmc.joblib", "UTC", "ü",
    "/", "..", ".csv", "load.parquet", "[", "sites[0]", "weekday", "highs", "USD", "EUR", "\x1b[2J", "null", "~",
])  # fmt: skip
days = st.dates(datetime.date(1, 1, 1), datetime.date(9999, 12, 31))
moments = st.datetimes(datetime.datetime(1, 1, 2), datetime.datetime(9999, 12, 30)).map(
    lambda d: d.replace(microsecond=0)
)
scalars = odd_numbers | words | days | moments | st.none() | st.booleans() | st.integers(-3, 20_000) | st.floats()
keys = st.sampled_from(
    ["name", "use", "power_kw", "cost", "file", "column", "price_per_kwh", "mean", "", "x", "scenarios"]
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=6
)


PLACES = places(TREE)[1:]


@st.composite
def spoiled(draw):
    """Return the sound tree after one to four accidents."""
    tree = copy.deepcopy(TREE)
    for _ in range(draw(st.integers(1, 4))):
        *way, last = draw(st.sampled_from(PLACES))
        node = tree
        for part in way:
            node = node[part] if _has(node, part) else None
        if node is None or not _has(node, last):
            continue
        accident = draw(st.sampled_from(["drop", "set", "set", "set", "add", "copy"]))
        if accident == "drop":
            del node[last]
        elif accident == "set":
            node[last] = draw(values)
        elif accident == "add" and isinstance(node, dict):
            node[draw(keys)] = draw(values)
        elif accident == "copy" and isinstance(node, list):
            node.append(copy.deepcopy(node[last]))
    return tree


def _has(node, part):
    return (
        part in node
        if isinstance(node, dict)
        else isinstance(node, list) and isinstance(part, int) and part < len(node)
    )


def judge(path):
    """Read a file, and ask of a refusal that it is worded and placed."""
    told = outcome(path)
    assert not JARGON.search(told), told
    assert "\x1b" not in told


def outcome(path):
    """Return what the reader says of a file, sound or not; any other error passes through."""
    try:
        got = read(path)
        return f"{got.told} {got.hash}"
    except InputError as refused:
        return str(refused)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("mutations") / "plan.yaml"


@settings(
    max_examples=MANY, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True, database=None
)
@given(tree=spoiled())
def test_spoiled_tree_is_an_instance_or_an_input_error(path, tree):
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump(tree, file)
    judge(path)


@settings(max_examples=MANY // 4, deadline=None, derandomize=True, database=None)
@given(
    at=st.integers(0, len(SOUND.read_text())),
    cut=st.integers(0, 12),
    new=st.text(max_size=4) | st.sampled_from("[]{}\t:-&*!%@`|>\"'#,?~"),
)
def test_spoiled_text_is_an_instance_or_an_input_error(path, at, cut, new):
    text = SOUND.read_text()
    path.write_bytes((text[:at] + new + text[at + cut :]).encode("utf-8", errors="surrogatepass"))
    judge(path)


@settings(max_examples=MANY // 4, deadline=None, derandomize=True, database=None)
@given(data=st.binary(max_size=60))
def test_any_bytes_are_an_input_error(path, data):
    path.write_bytes(data)
    with pytest.raises(InputError):
        read(path)


scenario_paths = st.sampled_from(PLACES).map(
    lambda loc: "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in loc)[1:]
)


@settings(
    max_examples=MANY // 2, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True, database=None
)
@given(changes=st.dictionaries(scenario_paths | words, values, min_size=1, max_size=3))
def test_any_scenario_is_an_instance_or_an_input_error(path, changes):
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump({**TREE, "scenarios": {"odd": changes}}, file)
    judge(path)


@pytest.mark.parametrize("loc", PLACES, ids=lambda loc: ".".join(map(str, loc)))
@pytest.mark.parametrize("value", [None, "x", 10**400, []], ids=["null", "text", "huge", "list"])
def test_every_value_replaced_by_every_kind_is_an_instance_or_an_input_error(path, loc, value):
    tree = copy.deepcopy(TREE)
    *way, last = loc
    node = tree
    for part in way:
        node = node[part]
    node[last] = value
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump(tree, file)
    judge(path)
