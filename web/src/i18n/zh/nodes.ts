import type { nodes as english } from "../en/nodes";

export const nodes: typeof english = {
  search: "搜索节点",
  nothing: "没有匹配的节点。",
};
