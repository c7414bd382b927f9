"""Everything is killed, frozen, filled up and set back under load; no accepted job may be lost, doubled or forgotten.

account.py   what a client was told, kept outside of the service, and what it may never be told
load.py      the clients: mixed jobs, sweeps among them, sent by a seed
kept.py      processes that are killed and started again
worlds.py    the two pairings: one machine's files, and Redis, PostgreSQL and S3
faults.py    what is done to them, by name
audit.py     the ledger, the files and the processes at the end
run.py       one run: load and faults side by side, then quiet, then the audit

`python -m tests.chaos --pairing embedded --jobs 600 --kills 120 --seed 1 --out FILE` is the long run; its
results are in docs/reliability.md.
"""
