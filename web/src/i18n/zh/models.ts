import type { models as english } from "../en/models";

export const models: typeof english = {
  search: "搜索模型",
  empty: "服务器还没有模型文件。请放入“models”文件夹。",
  noLoader: "没有可加载 {name} 的节点。",
  nothing: "没有名称匹配的模型。",
};
