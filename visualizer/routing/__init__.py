"""Services to pods: what kube-proxy programs on each node, and how a packet fares there."""
