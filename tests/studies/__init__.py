"""Tests of studies: expansion, faults, fits against numpy, one from end to end, and those that come with the engine."""
