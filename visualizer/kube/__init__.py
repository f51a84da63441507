"""Kube: the way to live clusters. What a kubeconfig says, who we are to the cluster, and how that is kept safe."""
