"""Sound and video: values, their arithmetic, and files by way of PyAV (FFmpeg)."""
