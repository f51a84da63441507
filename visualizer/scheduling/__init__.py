"""Scheduling: why a pod waits, node by node, as kube-scheduler 1.36 would decide it from what the log tells."""
