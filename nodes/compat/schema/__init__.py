"""The schema style of node packs (V3): what `comfy_api.latest.io` offers, as declarations without behaviour."""
