"""Traces from and to other forms: tables of sessions, ACN-Data, the form of recorded benchmark instances, and Parquet."""
