"""Polls: what cannot be watched is asked now and then. One module asks each; ``results`` has what they answer."""
