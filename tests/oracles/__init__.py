"""Tests of the oracles: that they compare everything, and that they notice."""
