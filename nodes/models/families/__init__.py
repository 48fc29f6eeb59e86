"""One module per family of diffusion models; see `nodes.models.family`."""
