export const api = window.comfyAPI.api.api;
