"""The reference's modules as packs import them, each under its own name; see `nodes.compat.firewall`."""
