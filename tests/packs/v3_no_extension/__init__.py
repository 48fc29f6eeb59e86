def comfy_entrypoint():
    return ["not an extension"]
