"""What other tools write, turned into the lines of a recording (docs/importing.md)."""
