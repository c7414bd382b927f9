"""Tests of the zoo: every named network, through the path a user takes."""
