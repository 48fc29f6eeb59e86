"""`python -m graphcore`: the command line without an installed script."""

from graphcore.cli import main

main()
