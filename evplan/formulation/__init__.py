"""The mathematics of one site: one file per component, closed by `site.py`."""
