"""Looks at the process around it while it is imported, as the main program's own code could: arguments, loops, threads."""

import argparse
import asyncio
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

import comfy.ldm.a_network_of_the_future.model as future
import folder_paths

parser = argparse.ArgumentParser()
parser.add_argument("--fast", action="store_true")
ARGS = parser.parse_args()
ROOT = os.path.dirname(os.path.realpath(sys.argv[0]))
MAIN = os.path.dirname(os.path.abspath(sys.modules["__main__"].__file__))
assert os.path.isdir(os.path.join(ROOT, "custom_nodes"))
LOOP = asyncio.get_event_loop()


async def answer():
    await asyncio.sleep(0)
    return 42


ANSWER = LOOP.run_until_complete(answer())
before = signal.getsignal(signal.SIGTERM)
signal.signal(signal.SIGTERM, before)


def table(number):
    return future.make_table(number)  # a stub: it goes through in threads of the import too


with ThreadPoolExecutor(2) as pool:
    TABLES = list(pool.map(table, range(4)))


class ProgramFacts:
    @classmethod
    def INPUT_TYPES(cls):
        # Listed without asking whether it is there, as most packs do.
        return {"required": {"file": (sorted(os.listdir(folder_paths.get_input_directory())) or ["none"],)}}

    RETURN_TYPES = ("INT", "BOOLEAN", "INT")
    FUNCTION = "look"

    def look(self, file):
        loop = asyncio.new_event_loop()
        with ThreadPoolExecutor(1) as pool:  # a loop may be running in this thread
            again = pool.submit(loop.run_until_complete, answer()).result()
        loop.close()
        return (ANSWER, os.path.samefile(ROOT, MAIN), again)


NODE_CLASS_MAPPINGS = {"ProgramFacts": ProgramFacts}
