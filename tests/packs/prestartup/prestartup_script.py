import os
import sys

os.environ["PRESTARTUP_TORCH"] = str("torch" in sys.modules)
os.environ["PRESTARTUP_RAN"] = "yes"
