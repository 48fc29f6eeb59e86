import asyncio

import comfy.utils


class CountSteps:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"steps": ("INT", {"default": 3})}}

    RETURN_TYPES = ("INT",)
    FUNCTION = "count"

    def count(self, steps):
        bar = comfy.utils.ProgressBar(steps)
        for _ in range(steps):
            bar.update(1)
        return (steps,)


class CountStepsAsync(CountSteps):
    async def count(self, steps):
        bar = comfy.utils.ProgressBar(steps)
        for _ in range(steps):
            await asyncio.sleep(0)
            bar.update(1)
        return (steps,)


NODE_CLASS_MAPPINGS = {"CountSteps": CountSteps, "CountStepsAsync": CountStepsAsync}
