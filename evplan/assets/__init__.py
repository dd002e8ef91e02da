"""Nouns and their physics: charger, vehicle, battery, solar, connection, tariff."""
