"""`comfy_api.input.basic_types`: for annotations."""

ImageInput = MaskInput = LatentInput = AudioInput = object
