"""Received files -> tidy records, with a problem row for everything that could not be used."""
