"""Lets ``python -m ita_nb`` stand for the ``ita-nb`` command."""

from ita_nb.cli import main

main()
