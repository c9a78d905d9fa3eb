"""Synthetic provinces: workspaces drawn from the facts of a year, marked as synthetic in every output."""
