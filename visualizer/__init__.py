"""The engine: what a cluster is doing, read from a log of frames. See ARCHITECTURE.md for its rooms and laws."""
