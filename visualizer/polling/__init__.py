"""Polling: which poll of which cluster is due, asking it once, and keeping what it found as rows."""
