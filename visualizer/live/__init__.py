"""Live: carries diagrams from logs to viewers. Only this room knows sockets and the bus."""
