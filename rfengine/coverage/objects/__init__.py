"""Readers of annotations, one file per format, to one table."""
