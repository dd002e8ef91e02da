"""Cities that cannot be are refused, each with its line and a way out."""

from __future__ import annotations

import pytest
from support import ROOT

from evplan.city.read import read_study
from evplan.errors import InstanceError

TEXT = (ROOT / "instances" / "city.yaml").read_text()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("use: madrid", "use: madrid\n    electric_share: 0.97"), r"must be at most fleet\.adoption\.cap = 0\.95 \(got 0\.97\)"),
        (("midpoint_year: 2036", "midpoint_year: 2020"), "which fleet.adoption.midpoint_year = 2020 puts not after"),
        (("use: madrid", "use: madrid\n    electric_share: 0.6"), "0.6 in 2026 is above half of the cap"),
        (("use: madrid", "use: madrid\n    timezone: Asia/Tokyo"), "Asia/Tokyo is 9 h from the sun at longitude -3.7"),
        (("use: madrid", "use: madrid\n    timezone: Mars/Phobos"), "is not an IANA time zone"),
        (("use: madrid", "use: madrid\n    timezone: 5"), "timezone: must be a text"),
        (("use: madrid", "use: madrid\n    country: es"), "must be a country such as US or DE"),
        (("use: madrid", "use: madrid\n    name: report.html"), "must have no dot"),
        (("use: madrid", "use: madrid\n    latitude: 85"), r"ghi_kwh_m2\[0\]: must be about 0: the sun does not rise at latitude 85"),
        (("use: madrid", "use: madrid\n    temperature_c: [900, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"), "must be at least -60 and at most 50"),
        (("solar_kw: [[2026, 20], [2035, 250]]", "solar_kw: [[2026, 20], [2026, 250]]"), "names 2026 twice"),
        (("battery_kwh: 75", "battery_kwh: 1e-9"), "must be at least 1"),
        (("kind: city", "kind: plan"), "is plan, for `evplan solve`; here a city file is wanted"),
        (("kind: city", "kind: town"), r"must be 'city' \(got 'town'\)"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told(tmp_path, change, told):
    path = tmp_path / "city.yaml"
    assert change[0] in TEXT
    path.write_text(TEXT.replace(*change))
    with pytest.raises(InstanceError, match=told):
        read_study(path)


def test_the_date_line_is_no_distance_and_a_usual_adoption_is_checked_too(tmp_path):
    path = tmp_path / "city.yaml"
    path.write_text(TEXT.replace("use: madrid", "use: madrid\n    longitude: -157.4\n    timezone: Pacific/Kiritimati"))
    assert read_study(path).study.cities[3].timezone == "Pacific/Kiritimati"
    path.write_text(
        TEXT.replace("  adoption: {midpoint_year: 2036}\n", "").replace(
            "use: madrid", "use: madrid\n    electric_share: 0.6"
        )
    )
    with pytest.raises(InstanceError, match="midpoint_year = 2035 puts not before"):
        read_study(path)
