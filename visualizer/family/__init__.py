"""Families: what an object belongs to, what it uses, who uses it, and what deleting it would do to all of them."""
