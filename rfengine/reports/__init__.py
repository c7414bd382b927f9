"""A finished report in other forms: in brief, as a table."""
