"""Questions about one file in depth: several futures, plans near the best, building in stages."""
