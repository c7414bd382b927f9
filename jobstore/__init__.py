"""The ledger of jobs, the store of their files, and the broker that carries their ids.

The database is the truth; the broker only says that there may be something to claim. Both may lose, repeat or delay
a message without losing or repeating a job.
"""
