"""Nodes: which pods run where, what made them, and how they are."""
