export const $el = window.comfyAPI.ui.$el;
export const ComfyDialog = window.comfyAPI.ui.ComfyDialog;
