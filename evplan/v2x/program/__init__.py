"""The cheapest that can be done in a world, by a linear program: with all that comes known, or with forecasts."""
