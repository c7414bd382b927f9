"""The command line: everything in-process, or against a server with --server. Nothing imports it."""
