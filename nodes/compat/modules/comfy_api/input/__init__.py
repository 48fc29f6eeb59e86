"""`comfy_api.input`: what travels on wires, for annotations."""

ImageInput = MaskInput = LatentInput = AudioInput = VideoInput = object
