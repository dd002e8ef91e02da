"""Data far larger than what is meant: a gigabyte where a year of hours belongs, or a few bytes that unpack to it. Refused at once."""

from __future__ import annotations

import time

import pandas as pd
import pytest
from support import variant

from evplan.errors import InputError
from evplan.feeder.plain import read_rows
from evplan.instance.columns import MOST_ROWS
from evplan.instance.read import read
from evplan.siting.geo import read_table

GIGABYTE = 10**9


@pytest.fixture
def huge(tmp_path):
    """Return a gigabyte of a file; nothing but its length is on the disk."""
    path = tmp_path / "huge.csv"
    with path.open("wb") as handle:
        handle.write(b"kw\n1.0\n")
        handle.truncate(GIGABYTE)
    return path


def test_a_gigabyte_of_series_is_refused_at_once(huge, tmp_path):
    path = variant(tmp_path, {"sites[0].load_kw": {"file": huge.name, "column": "kw"}})
    begun = time.perf_counter()
    with pytest.raises(InputError, match="larger than 250 MB; keep the rows and columns"):
        read(path)
    assert time.perf_counter() - begun < 5


def test_a_table_of_places_is_refused_too(huge):
    with pytest.raises(InputError, match="larger than 250 MB"):
        read_table(huge)


def test_a_feeders_customers_are_refused_too(huge):
    with pytest.raises(InputError, match="larger than 250 MB"):
        read_rows(huge, ("name",))


def test_a_few_bytes_that_hold_many_rows_are_refused(tmp_path):
    whole = MOST_ROWS // 10
    pd.DataFrame({"kw": pd.Series([1.0]).repeat(whole).to_numpy()}).to_parquet(
        tmp_path / "part.parquet", compression="zstd"
    )
    parts = pd.read_parquet(tmp_path / "part.parquet")
    pd.concat([parts] * 11).to_parquet(tmp_path / "many.parquet", compression="zstd", index=False)
    assert (tmp_path / "many.parquet").stat().st_size < 1_000_000
    with pytest.raises(InputError, match="holds 22,000,000 rows"):
        read(variant(tmp_path, {"sites[0].load_kw": {"file": "many.parquet", "column": "kw"}}))


def test_a_bomb_of_aliases_is_refused(tmp_path):
    steps = "".join(f"x{k}: &x{k} [{', '.join([f'*x{k - 1}'] * 10)}]\n" for k in range(1, 10))
    (tmp_path / "bomb.yaml").write_text(f"kind: plan\nx0: &x0 [1, 1, 1]\n{steps}")
    with pytest.raises(InputError, match="holds more than 500,000 values once its aliases"):
        read(tmp_path / "bomb.yaml")
