"""The language everyone speaks: requests, layer specs, reports, jobs and problems, as pydantic models."""
