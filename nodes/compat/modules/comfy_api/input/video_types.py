"""`comfy_api.input.video_types`: for annotations."""

VideoInput = object
