"""`comfy_api`: the schema style of nodes, by version."""
