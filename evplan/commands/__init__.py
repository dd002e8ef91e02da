"""The commands of the command line, and what they have in common."""
