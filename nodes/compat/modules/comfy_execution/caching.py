"""`comfy_execution.caching`: the engine keeps its own cache, which packs cannot reach into."""

from nodes.compat.stubs import stub

BasicCache = stub("comfy_execution.caching.BasicCache")
HierarchicalCache = stub("comfy_execution.caching.HierarchicalCache")
LRUCache = stub("comfy_execution.caching.LRUCache")
CacheKeySetInputSignature = stub("comfy_execution.caching.CacheKeySetInputSignature")
CacheKeySetID = stub("comfy_execution.caching.CacheKeySetID")
