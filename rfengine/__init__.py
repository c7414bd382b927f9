"""rfengine: what vision networks can see. The engine, a library: no web, no queue, no database."""

__version__ = "0.1.0"
