def gif_formats():
    return ["video/none"]
