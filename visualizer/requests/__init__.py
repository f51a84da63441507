"""Requests: how an object is asked for, in the words of HTTP, of kubectl and of curl."""
