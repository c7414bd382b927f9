"""Estimators: each answers one question about what units see; one file each."""
