import comfy.sd1_clip, comfy.sdxl_clip, comfy.text_encoders.sd3_clip
from comfy.sd1_clip import SD1Tokenizer, SDTokenizer, SD1ClipModel, SDClipModel, load_embed, parse_parentheses, token_weights, gen_empty_tokens, ClipTokenWeightEncoder, escape_important, unescape_important, safe_load_embed_zip, expand_directory_list
from comfy.sdxl_clip import SDXLClipModel, SDXLRefinerClipModel, SDXLClipG, SDXLTokenizer, SDXLClipGTokenizer
from comfy.text_encoders.sd3_clip import SD3Tokenizer, T5XXLModel, SD3ClipModel
from comfy.text_encoders.flux import FluxClipModel, FluxTokenizer
import comfy.text_encoders.t5, comfy.text_encoders.llama, comfy.text_encoders.wan, comfy.text_encoders.hunyuan_video
class My(ClipTokenWeightEncoder):
    def encode_token_weights(self, t): return super().encode_token_weights(t)
orig = comfy.sd1_clip.SDTokenizer.tokenize_with_weights
comfy.sd1_clip.SDTokenizer.tokenize_with_weights = orig
class My2(SDClipModel):
    LAYERS=["a"]
    def __init__(self, device="cpu"): super().__init__(device=device)
o2=SDClipModel.encode
SDClipModel.set_clip_options
