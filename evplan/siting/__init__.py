"""Where stations go: new ones, upgrades, extensions and removals in phases, under budgets, grid zones, spacing and fairness; audited."""
