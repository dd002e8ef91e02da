"""Sites, one by one or side by side: from numbers to a plan whose battery leads the life it was priced for."""
