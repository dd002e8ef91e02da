"""The HTTP API over schedules and plans, with jobs that outlive a restart, and the dashboard beside it."""
