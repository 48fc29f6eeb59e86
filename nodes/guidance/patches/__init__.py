"""Model patches: each takes a model handle and returns another, which samples differently."""
