"""RBAC: who may do what, through which grant, and where that leads."""
