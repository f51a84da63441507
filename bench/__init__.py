"""The bench: what Orrery costs, against what it could cost. `make bench` runs it; docs/performance.md reads it."""
