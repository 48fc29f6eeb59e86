import type { missing as english } from "../en/missing";

export const missing: typeof english = {
  title: "缺失的节点和模型",
  nodes: "此服务器没有的节点",
  models: "此服务器没有的模型",
  pack: "来自节点包 {pack}",
  use: "改用 {name}",
  nothing: "没有缺失。",
  kept: "这些节点显示为占位符，保留所有值，并原样保存。",
};
