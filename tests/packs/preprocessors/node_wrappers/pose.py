import a_library_that_nobody_has

NODE_CLASS_MAPPINGS = {}
