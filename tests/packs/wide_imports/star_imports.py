from nodes import *
KSampler, MAX_RESOLUTION, VAEDecode, SaveImage, NODE_CLASS_MAPPINGS, common_ksampler, LoraLoader
torch
os
json
folder_paths
np
Image
comfy
node_helpers
latent_preview
logging
random
math
hashlib
time
ImageOps
PngInfo
safetensors
