"""Lets ``python -m ita_nb`` stand for the ``ita-nb`` command."""

import sys

if not sys.flags.safe_path:
    del sys.path[0]  # the current folder: what lies beside the data is data, and no program

from ita_nb.cli import main

main()
