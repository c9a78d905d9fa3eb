"""Tidy records -> scores -> findings -> measures. Exact arithmetic; nothing is rounded here."""
