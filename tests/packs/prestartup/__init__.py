import os

SEEN = os.environ.get("PRESTARTUP_RAN")
NODE_CLASS_MAPPINGS = {}
