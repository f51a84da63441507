"""Printing: objects as rows, as ``kubectl get`` shows them."""
