"""Sites under limits that they share: a budget, a pot of grants, a rural service."""
