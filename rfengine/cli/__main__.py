"""`python -m rfengine.cli` is the command `rfengine`."""

from rfengine.cli.main import app

app(prog_name="rfengine")
