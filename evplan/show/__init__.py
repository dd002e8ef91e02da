"""What the command line prints at the end of each command."""
