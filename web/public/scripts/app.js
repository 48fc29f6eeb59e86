// What scripts of packs import; the editor makes it before it loads them.
export const app = window.comfyAPI.app.app;
export const ComfyApp = window.comfyAPI.app.ComfyApp;
