"""`python -m evplan` is `evplan`."""

from evplan.cli import main

main()
