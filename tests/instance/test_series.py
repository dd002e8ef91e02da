"""Series files: CSV and Parquet columns, with row numbers where they are wrong."""

import math

import pyarrow as pa
import pytest
from pyarrow import parquet
from support import variant

from evplan.errors import InputError, InstanceError
from evplan.instance.base import SeriesFile
from evplan.instance.read import read
from evplan.instance.series import check_length, read_series

DRAWN = "      sessions_per_day: 30\n      energy_kwh: {mean: 32, sd: 14}\n      arrival_profile: urban-fast\n"


@pytest.fixture
def csv(tmp_path):
    """Return a function that writes text into a CSV file and reads its column `load_kw`."""

    def load(text, encoding="utf-8", **fields):
        (tmp_path / "load.csv").write_bytes(text.encode(encoding))
        return read_series(SeriesFile(file="load.csv", column="load_kw", **fields), tmp_path)

    return load


@pytest.fixture
def table(tmp_path):
    """Return a function that writes columns into a Parquet file and reads one of them."""

    def load(column="load_kw", **columns):
        parquet.write_table(pa.table(columns), tmp_path / "load.parquet")
        return read_series(SeriesFile(file="load.parquet", column=column), tmp_path)

    return load


def test_a_series_that_starts_on_29_february_is_told(tmp_path):
    rows = "\n".join(["kw", *["1"] * 8760])
    (tmp_path / "load.csv").write_text(rows)
    load = {"file": "load.csv", "column": "kw", "start": "2024-02-29"}
    with pytest.raises(
        InstanceError, match=r":\d+:\d+: sites\[gate-city\].demand.load_kw.start: is no day of the planned year"
    ):
        read(variant(tmp_path, {"sites[gate-city].demand": {"load_kw": load}, "horizon.weeks": []}))


def test_column_goes_by_name(csv):
    assert csv("hour,load_kw,note\n0,1.5,x\n1,2e1,y\n") == [1.5, 20.0]


def test_every_value_is_multiplied_by_the_scale(csv):
    assert csv("load_kw\n1500\n0\n", scale=0.001) == [1.5, 0.0]


def test_byte_order_mark_of_a_spreadsheet_is_no_part_of_the_name(csv):
    assert csv("load_kw,hour\n3,0\n", encoding="utf-8-sig") == [3.0]


def test_quotes_and_other_line_ends_are_read(csv):
    assert csv('"load_kw","note"\r\n"4","a, b"\r\n5,\r\n') == [4.0, 5.0]


def test_empty_lines_at_the_end_are_no_rows(csv):
    assert csv("load_kw\n1\n2\n\n\n") == [1.0, 2.0]


@pytest.mark.parametrize("bad", ["", "x", "-1", "nan", "inf", "1;5", "1e999"])
def test_bad_row_is_told_by_its_line_in_the_file(csv, bad):
    with pytest.raises(InputError, match=r"column 'load_kw' must hold numbers of at least 0; see row 3 \("):
        csv(f"load_kw\n1\n{bad}\n2\n")


def test_only_the_first_bad_rows_are_listed(csv):
    with pytest.raises(InputError, match=r"see row 2 \('x'\), .*, row 6 \('x'\) and 15 more$"):
        csv("load_kw\n" + "x\n" * 20)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there is no column 'load_kw'"),
        ("load_kw\n", "column 'load_kw' is empty"),
        ("hour,load_kv\n0,1\n", "there is no column 'load_kw'; did you mean 'load_kv'?"),
        ("Load_kW\n1\n", "there is no column 'load_kw'; did you mean 'Load_kW'?"),
        ("hour,mw\n0,1\n", "there is no column 'load_kw'; known here: hour, mw"),
        ("load_kw,load_kw\n0,1\n", "column 'load_kw' appears 2 times"),
        ("hour;load_kw\n0;1\n", "columns must be separated by commas, not semicolons"),
    ],
)
def test_fault_of_a_csv_file_is_told_in_words(csv, tmp_path, text, message):
    with pytest.raises(InputError) as refused:
        csv(text)
    assert str(refused.value) == f"{tmp_path / 'load.csv'}: {message}"


def test_bytes_of_another_encoding_are_refused(csv):
    with pytest.raises(InputError, match=r"load\.csv: cannot be read \('utf-8' codec"):
        csv("load_kw,größe\n1,2\n", encoding="latin-1")


def test_parquet_column_is_read(table):
    assert table(load_kw=[1.0, 2.5], hour=[0, 1]) == [1.0, 2.5]
    assert table(load_kw=[1, 2]) == [1.0, 2.0]


def test_rows_of_a_parquet_table_count_from_1(table):
    with pytest.raises(InputError, match=r"see row 2 \(empty\), row 3 \(nan\)$"):
        table(load_kw=[1.0, None, math.nan])


@pytest.mark.parametrize("values", [[True, False], ["a", "b"], [[1.0], [2.0]]], ids=["bool", "text", "list"])
def test_parquet_column_of_no_numbers_is_refused(table, values):
    with pytest.raises(InputError, match="must hold numbers of at least 0; see row 1"):
        table(load_kw=values)


def test_unknown_parquet_column_is_told_with_the_nearest(table):
    with pytest.raises(InputError, match="there is no column 'load'; did you mean 'load_kw'"):
        table(column="load", load_kw=[1.0])


def test_file_that_only_calls_itself_parquet_is_refused(tmp_path):
    (tmp_path / "load.parquet").write_text("load_kw\n1\n")
    with pytest.raises(InputError, match="not a readable Parquet file"):
        read_series(SeriesFile(file="load.parquet", column="load_kw"), tmp_path)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_missing_series_is_told(tmp_path, ending):
    with pytest.raises(InputError, match="no such file"):
        read_series(SeriesFile(file=f"none.{ending}", column="load_kw"), tmp_path)


@pytest.mark.parametrize("file", ["folder.csv", "folder.parquet", "a\0b.csv", "x" * 300 + ".csv", "folder/../.csv"])
def test_series_that_is_no_file_is_refused(tmp_path, file):
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "folder.parquet").mkdir()
    with pytest.raises(InputError):
        read_series(SeriesFile(file=file, column="load_kw"), tmp_path)


@pytest.mark.parametrize(("minutes", "rows"), [(60, 8760), (60, 8784), (15, 35040), (15, 35136), (5, 105120)])
def test_year_of_365_or_366_days_has_the_right_length(minutes, rows):
    assert check_length(SeriesFile(file="a.csv", column="b", step_minutes=minutes), rows) is None


@pytest.mark.parametrize(("minutes", "rows"), [(60, 8759), (60, 8761), (15, 8760), (30, 35040), (60, 0)])
def test_any_other_length_is_told_with_the_right_one(minutes, rows):
    message = check_length(SeriesFile(file="a.csv", column="b", step_minutes=minutes), rows)
    assert message.startswith(
        f"must hold one year of {minutes}-minute steps, {365 * 1440 // minutes} rows (got {rows})"
    )
    known = {8760: 60, 35040: 15}.get(rows)
    assert message.endswith(f"set step_minutes: {known}" if known else f"(got {rows})")


def test_step_that_does_not_divide_a_day_is_told():
    message = check_length(SeriesFile(file="a.csv", column="b", step_minutes=7), 100)
    assert message == "step_minutes must divide a day (got 7)"


def test_sound_series_beside_the_instance_is_accepted(spoil, tmp_path):
    (tmp_path / "year.csv").write_text("load_kw\n" + "1\n" * 8760)
    instance = read(spoil((DRAWN, "      load_kw: {file: year.csv, column: load_kw}\n"))).instance
    assert instance.sites[0].demand.load_kw.file == "year.csv"


def test_series_is_found_beside_the_instance_wherever_the_command_runs(spoil, tmp_path, monkeypatch):
    (tmp_path / "year.csv").write_text("load_kw\n" + "1\n" * 8760)
    path = spoil((DRAWN, "      load_kw: {file: year.csv, column: load_kw}\n"))
    monkeypatch.chdir(tmp_path.parent)
    assert read(path.relative_to(tmp_path.parent))


@pytest.mark.parametrize(("rows", "steps", "fits"), [(15, 60, True), (60, 15, True), (20, 30, False), (60, 60, True)])
def test_rows_must_fit_the_steps_of_the_horizon(spoil, tmp_path, rows, steps, fits):
    (tmp_path / "year.csv").write_text("load_kw\n" + "1\n" * (365 * 1440 // rows))
    series = f"      load_kw: {{file: year.csv, column: load_kw, step_minutes: {rows}}}\n"
    path = spoil((DRAWN, series), ("  step_minutes: 60\n", f"  step_minutes: {steps}\n"))
    if fits:
        assert read(path)
    else:
        with pytest.raises(InstanceError, match=r"must divide horizon\.step_minutes = 30, or be divided by it"):
            read(path)
