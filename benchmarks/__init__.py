"""Ratios against a peer or a naive twin measured in the same run; never part of the tests."""
