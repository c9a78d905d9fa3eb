"""Findings -> blocks -> HTML and PDF."""
