"""The store of runs: every run is a folder with a manifest of what it was made from and how far it came."""
