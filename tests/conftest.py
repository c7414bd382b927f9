"""Settings that hold for every test, before anything loads torch."""

from rfengine.threads import wait_quietly

wait_quietly()
