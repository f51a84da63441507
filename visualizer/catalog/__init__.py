"""The catalogue: which resources a cluster serves, the objects of each as kubectl lists them, and its namespaces."""
