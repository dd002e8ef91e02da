"""A city's fleet, renewables, storage and grid, hour by hour, for years."""
