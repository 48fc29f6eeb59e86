"""`comfy.taesd`."""
