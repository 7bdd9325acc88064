"""`python -m tickterm`."""

from tickterm.cli.main import main

main()
