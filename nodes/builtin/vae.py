"""VAE: pictures to latents and back, whole or in tiles, and latents to inpaint."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from graphcore import Conditioning, Image, Latent, Mask, ModelError, Range, Run, Vae
from nodes.builtin.pack import pack

TileSize = Annotated[int, Range(64, 4096, step=32)]
EncodeTileSize = Annotated[int, Range(64, 4096, step=64)]
Overlap = Annotated[int, Range(0, 4096, step=32)]
Frames = Annotated[int, Range(8, 4096, step=4)]
FrameOverlap = Annotated[int, Range(4, 4096, step=4)]


class PairAndLatent(NamedTuple):
    """What is wanted, what is not, and a latent to sample from."""

    positive: Conditioning
    negative: Conditioning
    latent: Latent


def _present(vae: Vae) -> Vae:
    if vae is None:
        raise ModelError("The checkpoint holds no VAE: load one with 'Load VAE'.")
    return vae


@pack.node(id="VAEDecode", title="VAE Decode", category="latent")
def vae_decode(samples: Latent, vae: Vae) -> Image:
    """The pictures of a latent."""
    return _present(vae).decode(samples["samples"])


@pack.node(id="VAEEncode", title="VAE Encode", category="latent")
def vae_encode(pixels: Image, vae: Vae) -> Latent:
    """The latent of pictures; sizes are cut to multiples of 8."""
    return {"samples": _present(vae).encode(pixels)}


@pack.node(id="VAEDecodeTiled", title="VAE Decode (Tiled)", category="_for_testing")
def vae_decode_tiled(
    samples: Latent,
    vae: Vae,
    tile_size: TileSize = 512,
    overlap: Overlap = 64,
    temporal_size: Frames = 64,
    temporal_overlap: FrameOverlap = 8,
    *,
    run: Run,
) -> Image:
    """Decode tile by tile, for pictures that do not fit into memory. Sizes are in pixels."""
    tile, seam = tile_size // _present(vae).ratio, min(overlap, tile_size // 4) // vae.ratio
    return vae.decode_tiled(samples["samples"], tile, tile, seam, run.check)


@pack.node(id="VAEEncodeTiled", title="VAE Encode (Tiled)", category="_for_testing")
def vae_encode_tiled(
    pixels: Image,
    vae: Vae,
    tile_size: EncodeTileSize = 512,
    overlap: Overlap = 64,
    temporal_size: Frames = 64,
    temporal_overlap: FrameOverlap = 8,
    *,
    run: Run,
) -> Latent:
    """Encode tile by tile, for pictures that do not fit into memory. Sizes are in pixels."""
    return {"samples": _present(vae).encode_tiled(pixels, tile_size, tile_size, overlap, run.check)}


@pack.node(id="VAEEncodeForInpaint", title="VAE Encode (for Inpainting)", category="latent/inpaint")
def vae_encode_for_inpaint(
    pixels: Image, vae: Vae, mask: Mask, grow_mask_by: Annotated[int, Range(0, 64, step=1)] = 6
) -> Latent:
    """The latent of pictures with grey in place of what the mask marks; sampling fills that in."""
    from nodes.guidance.inpaint_latents import encode_for_inpaint

    return encode_for_inpaint(_present(vae), pixels, mask, grow_mask_by)


@pack.node(id="InpaintModelConditioning", title="InpaintModelConditioning", category="conditioning/inpaint")
def inpaint_model_conditioning(
    positive: Conditioning, negative: Conditioning, vae: Vae, pixels: Image, mask: Mask, noise_mask: bool = True
) -> PairAndLatent:
    """What inpainting models want: the picture with a hole, and the hole. `noise_mask` keeps the rest unchanged."""
    from nodes.guidance.inpaint_latents import inpaint_conditioning

    return PairAndLatent(*inpaint_conditioning(positive, negative, _present(vae), pixels, mask, noise_mask))


@pack.node(
    id="InstructPixToPixConditioning",
    title="InstructPixToPixConditioning",
    category="conditioning/instructpix2pix",
)
def instruct_pix_to_pix_conditioning(
    positive: Conditioning, negative: Conditioning, vae: Vae, pixels: Image
) -> PairAndLatent:
    """What models that follow editing instructions want: the picture to be edited."""
    from nodes.guidance.inpaint_latents import edit_conditioning

    return PairAndLatent(*edit_conditioning(positive, negative, _present(vae), pixels))
