"""Schemas: what the API says of each field of an object, in its own words."""
