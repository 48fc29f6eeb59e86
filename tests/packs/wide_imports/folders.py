import folder_paths, os
for name in ["a","b"]:
    folder_paths.folder_names_and_paths.setdefault(name, ([], set()))
folder_paths.folder_names_and_paths["ultralytics_bbox"] = ([os.path.join(folder_paths.models_dir, "ultralytics", "bbox")], folder_paths.supported_pt_extensions)
current_paths, _ = folder_paths.folder_names_and_paths["clip"]
current_paths, _ = folder_paths.folder_names_and_paths["unet"]
folder_paths.folder_names_and_paths["sams"] = ([os.path.join(folder_paths.models_dir,"sams")], folder_paths.supported_pt_extensions)
def add_folder_path_and_extensions(folder_name, full_folder_paths, extensions):
    for full_folder_path in full_folder_paths:
        folder_paths.add_model_folder_path(folder_name, full_folder_path)
    if folder_name in folder_paths.folder_names_and_paths:
        current_paths, current_extensions = folder_paths.folder_names_and_paths[folder_name]
        updated_extensions = current_extensions | extensions
        folder_paths.folder_names_and_paths[folder_name] = (current_paths, updated_extensions)
    else:
        folder_paths.folder_names_and_paths[folder_name] = (full_folder_paths, extensions)
add_folder_path_and_extensions("mmdets_bbox", [os.path.join(folder_paths.models_dir, "mmdets", "bbox")], folder_paths.supported_pt_extensions)
folder_paths.filename_list_cache.pop("sams", None)
folder_paths.get_filename_list_("sams")
folder_paths.cached_filename_list_("sams")
comfy_path = os.path.dirname(folder_paths.__file__)
assert os.path.isdir(comfy_path), comfy_path
custom = os.path.join(comfy_path, "custom_nodes")
assert os.path.isdir(custom), custom
folder_paths.get_folder_paths("custom_nodes")[0]
os.listdir(folder_paths.get_input_directory())
folder_paths.folder_names_and_paths.update({"x":([],set())})
ip = folder_paths.folder_names_and_paths.get("ipadapter")
for k,(a,b) in folder_paths.folder_names_and_paths.items(): pass
from folder_paths import *
from folder_paths import get_filename_list, models_dir, folder_names_and_paths as fnp
import folder_paths as fp
class A: 
    x = fp.get_filename_list("loras") + ["None"]
