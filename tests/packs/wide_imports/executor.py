import execution
from execution import PromptExecutor, validate_prompt, get_input_data, map_node_over_list, recursive_execute, IsChangedCache, CacheSet, ExecutionResult, SENSITIVE_EXTRA_DATA_KEYS
import execution
orig = execution.PromptExecutor.execute
def ex(self, *a, **k): return orig(self, *a, **k)
execution.PromptExecutor.execute = ex
og = getattr(execution, "get_input_data")
execution.get_input_data = og
if hasattr(execution, "recursive_execute"): execution.recursive_execute = 1
m = execution.map_node_over_list
execution._map_node_over_list = getattr(execution, "_map_node_over_list", None)
try:
    origin_execute = execution.execute
except Exception: origin_execute = None
execution.PromptQueue
