"""Guidance: how conditionings steer a diffusion model, from the CONDITIONING value to one denoised prediction."""
