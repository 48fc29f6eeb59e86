import os

import folder_paths

if "film_grains" not in folder_paths.folder_names_and_paths:
    folder_paths.folder_names_and_paths["film_grains"] = (
        [os.path.join(folder_paths.models_dir, "film_grains")],
        {".grain"},
    )
folder_paths.folder_names_and_paths["loras"][0].append(os.path.join(folder_paths.base_path, "more_loras"))
folder_paths.folder_names_and_paths["loras"][1].add(".lorax")
folder_paths.add_model_folder_path("film_grains", os.path.join(folder_paths.get_input_directory(), "grains"))


class PickGrain:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"grain": (folder_paths.get_filename_list("film_grains"),)}}

    RETURN_TYPES = ("STRING",)
    FUNCTION = "pick"

    def pick(self, grain):
        return (folder_paths.get_full_path("film_grains", grain),)


NODE_CLASS_MAPPINGS = {"PickGrain": PickGrain}
