"""Progress is written once a second at most, and what was told last is written when the job ends."""

from __future__ import annotations

import orjson

from evplan.web.progress import Told


def test_the_last_that_was_told_is_written_when_the_job_ends():
    written = []
    told = Told(lambda lines, gap: written.append((orjson.loads(lines), gap)))
    told("read", "a.yaml")
    told("site", "gap 2%")
    told.flush()
    told.flush()
    assert written == [({"read": "a.yaml"}, None), ({"read": "a.yaml", "site": "gap 2%"}, 0.02)]
