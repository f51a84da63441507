"""Search: objects by name, label, address, image, owner and more, in a small language that is typed."""
