export const ComfyWidgets = window.comfyAPI.widgets.ComfyWidgets;
