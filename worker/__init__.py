"""The worker: takes jobs from the queue, runs each in a process it can kill, writes down how it ended.

The only translator between the queue and the engine; the engine itself is loaded in the children alone.
"""
