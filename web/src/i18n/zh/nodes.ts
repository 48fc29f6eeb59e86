import type { nodes as english } from "../en/nodes";

export const nodes: typeof english = {
  search: "搜索节点",
  nothing: "没有匹配的节点。",
  blueprints: "子图蓝图",
  publish: "发布子图",
  publishIt: "发布",
  description: "用途说明",
  taken: "已发布的子图中已有“{name}”。",
  published: "“{name}”已加入节点列表。",
  remove: "移除 {name}",
  removed: "已取消发布“{name}”。",
  broken: "已发布的子图 {name} 无法使用。{problem}",
  insideItself: "不能把“{name}”放进它自己里面。",
};
