"""Synthetic provinces: workspaces drawn from the facts of a year, marked as synthetic in every output."""

from ita_nb.synth.province import make_province

__all__ = ["make_province"]
