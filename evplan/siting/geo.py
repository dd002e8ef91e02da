"""Files of places as tables of points or polygons in latitude and longitude, their columns by our names; what is wrong is told.

Coordinates are EPSG:4326 until `plane` puts all files of a study on one plane, in metres.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evplan.errors import InputError
from evplan.instance.columns import rows_shown
from evplan.instance.letters import require_letters
from evplan.instance.suggest import did_you_mean
from evplan.paths import sized
from evplan.siting.names import NAMES, OTHER
from evplan.siting.ocm import is_ocm, read_ocm
from evplan.siting.sources import Places

if TYPE_CHECKING:
    import geopandas
    import pandas as pd

WGS84 = "EPSG:4326"
MOST_BYTES = 1_000_000_000  # of shapes: a country's buildings
UNREADABLE = OSError, ValueError, RuntimeError, KeyError, TypeError  # of pyogrio (RuntimeError), pyarrow and geopandas
MENDED = 0.01  # of an area that mending its outline may change
TABLES, SHAPES = (".csv", ".txt", ".parquet"), (".geojson", ".json", ".gpkg", ".shp", ".fgb", ".geoparquet", ".parquet")


def read_places(folder: Path, said: Places) -> geopandas.GeoDataFrame:
    """Return the places of a file. Raises: InputError for what cannot be read, and for rows that lie nowhere."""
    path = folder / said.file
    frame = read_ocm(path) if is_ocm(path) else _frame(path, said)
    if not len(frame):
        raise InputError(f"{path}: holds no places")
    require_letters(frame.drop(columns=frame.active_geometry_name), path)
    frame = _mended(_named(frame, said.columns, path), path)
    _checked(frame, path)
    return frame.to_crs(WGS84).reset_index(drop=True)


def read_table(path: Path) -> pd.DataFrame:
    """Return a CSV or Parquet table as it is written. Raises: InputError if it cannot be read."""
    import pandas as pd

    try:
        parquet = path.suffix.lower() == ".parquet"
        table = pd.read_parquet(sized(path)) if parquet else pd.read_csv(sized(path), encoding="utf-8-sig", dtype=str)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file (paths are relative to the siting file)") from None
    except (OSError, ValueError, pd.errors.ParserError) as error:
        raise InputError(f"{path}: cannot be read ({str(error).splitlines()[0]})") from None
    require_letters(table, path)
    return table if parquet else _typed(table)


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of texts whose columns of numbers are numbers; codes that begin with a zero stay texts."""
    import pandas as pd

    for column in table.columns:
        numbers, there = pd.to_numeric(table[column], errors="coerce"), table[column].notna()
        if numbers[there].notna().all() and not table.loc[there, column].str.match(r"\s*0\d").any():
            table[column] = numbers
    return table


def plane_of(frame: geopandas.GeoDataFrame) -> Any:
    """Return the coordinate reference of the plane that fits places best: their zone of UTM."""
    try:
        return frame.estimate_utm_crs()
    except RuntimeError:
        raise InputError("places lie where no zone of UTM is, near a pole; see their coordinates") from None


def _frame(path: Path, said: Places) -> geopandas.GeoDataFrame:
    """Return a file's places in its own coordinates."""
    import geopandas

    if not path.is_file():
        raise InputError(f"{path}: no such file (paths are relative to the siting file)")
    kind = path.suffix.lower()
    try:
        sized(path, MOST_BYTES)
        if kind in (".geoparquet", ".parquet") and _has_shapes(path):
            frame = geopandas.read_parquet(path)
        elif kind in TABLES:
            return _points(read_table(path), said, path)
        elif kind in SHAPES:
            frame = geopandas.read_file(path, layer=said.layer) if said.layer else geopandas.read_file(path)
        else:
            raise InputError(f"{path}: must be one of {', '.join(dict.fromkeys(SHAPES + TABLES))}")
    except UNREADABLE as error:
        raise InputError(f"{path}: cannot be read ({(str(error).splitlines() or [type(error).__name__])[0]})") from None
    return _with_crs(frame, said, path)


def _has_shapes(path: Path) -> bool:
    from pyarrow import parquet

    return b"geo" in (parquet.read_schema(path).metadata or {})


def _points(table: pd.DataFrame, said: Places, path: Path) -> geopandas.GeoDataFrame:
    """Return the points of a table with latitude and longitude."""
    import geopandas
    import pandas as pd

    at = {field: _column(table, said.columns, field) for field in ("lat", "lon")}
    missing = [field for field, column in at.items() if column is None]
    if missing and len(table.columns) == 1 and ";" in str(table.columns[0]):
        raise InputError(f"{path}: has its columns apart by ';'; write it with commas, and decimals with points")
    if missing:
        raise InputError(
            f"{path}: there is no column of {' and '.join(missing)}; name it: columns: {{lat: ..., lon: ...}}"
        )
    lat, lon = (pd.to_numeric(table[at[field]], errors="coerce").to_numpy(float) for field in ("lat", "lon"))
    bad = np.flatnonzero(~(np.isfinite(lat) & np.isfinite(lon)))
    if len(bad):
        raise InputError(
            f"{path}: lat and lon must hold numbers; see {rows_shown([f'row {i + 2}' for i in bad.tolist()])}"
        )
    frame = geopandas.GeoDataFrame(table.drop(columns=list(at.values())), geometry=geopandas.points_from_xy(lon, lat))
    return _with_crs(frame, said, path)


def _with_crs(frame: geopandas.GeoDataFrame, said: Places, path: Path) -> geopandas.GeoDataFrame:
    """Return places with a coordinate reference: the file's own, the one that is said, or latitude and longitude."""
    from pyproj.exceptions import CRSError

    try:
        if said.crs is not None and frame.crs is not None and frame.crs != said.crs:
            raise InputError(
                f"{path}: crs: the file says {frame.crs.to_string()} itself, not {said.crs}; leave crs out"
            )
        if said.crs is not None:
            return frame.set_crs(said.crs)
        return frame if frame.crs is not None else frame.set_crs(WGS84)
    except CRSError:
        raise InputError(
            f"{path}: crs: there is no coordinate reference {said.crs!r}; such as EPSG:4326 or EPSG:26917"
        ) from None


def _column(table: pd.DataFrame, said: dict[str, str], field: str) -> str | None:
    """Return the column that holds a field: the one that is said, or one of the usual names."""
    if field in said:
        return said[field] if said[field] in table.columns else None
    usual = NAMES.get(field, (field,))
    return next((str(column) for column in table.columns if str(column).strip().lower() in usual), None)


def _named(frame: geopandas.GeoDataFrame, said: dict[str, str], path: Path) -> geopandas.GeoDataFrame:
    """Return places whose columns are called as fields are."""
    unknown = [column for field, column in said.items() if column not in frame.columns and field not in ("lat", "lon")]
    if unknown:
        hint = did_you_mean(unknown[0], [str(column) for column in frame.columns])
        raise InputError(f"{path}: there is no column {unknown[0]!r}{hint}")
    for field in (*NAMES, *said):
        column = _column(frame, said, field)
        if column is not None and column != field and field not in OTHER:
            frame = frame.assign(**{field: frame[column]})
    return frame


def _mended(frame: geopandas.GeoDataFrame, path: Path) -> geopandas.GeoDataFrame:
    """Return places whose outlines do not cross themselves: slips of a corner are mended.

    Raises: InputError where mending changes more than a hundredth of an area.
    """
    broken = np.flatnonzero(~frame.geometry.is_valid.to_numpy() & ~frame.geometry.isna().to_numpy())
    if not len(broken):
        return frame
    import shapely

    old = frame.geometry.to_numpy()
    new = old.copy()
    new[broken] = shapely.make_valid(old[broken])
    changed = np.abs(shapely.area(new[broken]) - shapely.area(old[broken])) > MENDED * shapely.area(new[broken])
    if changed.any():
        rows = _rows(broken[changed])
        raise InputError(
            f"{path}: has outlines that cross themselves; see {rows}; draw them anew, or mend them with shapely's make_valid"
        )
    return frame.set_geometry(list(new), crs=frame.crs)


def _checked(frame: geopandas.GeoDataFrame, path: Path) -> None:
    """Raise what is wrong with shapes: none, broken, or nowhere on earth."""
    faults = []
    lacking = np.flatnonzero((frame.geometry.is_empty | frame.geometry.isna()).to_numpy())
    if len(lacking):
        faults.append(f"has places without a shape; see {_rows(lacking)}")
    if frame.crs is not None and frame.crs.is_geographic and not len(lacking):
        bounds = frame.geometry.bounds.to_numpy()
        out = np.flatnonzero((np.abs(bounds[:, [0, 2]]) > 180).any(1) | (np.abs(bounds[:, [1, 3]]) > 90).any(1))
        if len(out):
            swapped = (np.abs(bounds[out][:, [0, 2]]) <= 90).all() and (np.abs(bounds[out][:, [1, 3]]) <= 180).all()
            around = (bounds[out][:, [0, 2]] <= 360).all() and (np.abs(bounds[:, [1, 3]]) <= 90).all()
            why = "latitude and longitude seem swapped" if swapped else "they look like metres: say the file's `crs`"
            why = "longitudes count from 0 to 360: take 360 from those above 180" if around and not swapped else why
            faults.append(f"lies outside the earth's degrees; {why}; see {_rows(out)}")
    if faults:
        raise InputError("\n".join(f"{path}: {fault}" for fault in faults))


def _rows(bad: np.ndarray) -> str:
    return rows_shown([f"place {i + 1}" for i in bad.tolist()])


def numbers(frame: Any, field: str, path: Any, usual: float | None = None) -> np.ndarray:
    """Return a field as numbers of at least 0. usual : where it is empty; None: then it is a fault."""
    import pandas as pd

    values = pd.to_numeric(frame[field], errors="coerce").to_numpy(float)
    empty = frame[field].isna().to_numpy()
    if usual is not None:
        values = np.where(empty, usual, values)
    bad = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
    if len(bad):
        shown = rows_shown([f"place {i + 1} ({frame[field].iloc[i]})" for i in bad.tolist()])
        raise InputError(f"{path}: {field} must hold numbers of at least 0; see {shown}")
    return values
