"""Tests of the initialisers: laws over the registry, each of seed 000's against its text, and graphs drawn anew."""
