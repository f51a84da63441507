"""A Pod's containers and their probes, as its status, its Events and the kubelet's rules tell of them."""
