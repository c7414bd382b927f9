"""Reads what Prometheus would read."""

from typing import Any

from prometheus_client.parser import text_string_to_metric_families

Key = tuple[str, frozenset[tuple[str, str]]]


class Figures:
    """The samples of one scrape, by their name and labels."""

    def __init__(self, exposition: str) -> None:
        families = list(text_string_to_metric_families(exposition))
        self.types = {family.name: family.type for family in families}
        self.help = {family.name: family.documentation for family in families}
        self.samples: dict[Key, float] = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in families
            for sample in family.samples
        }

    def __call__(self, name: str, **labels: Any) -> float:
        return self.samples[name, frozenset(labels.items())]

    def total(self, name: str, **labels: Any) -> float:
        """The sum over all samples of a name that have these labels, and perhaps more."""
        wanted = set(labels.items())
        return sum(value for (found, has), value in self.samples.items() if found == name and wanted <= has)
