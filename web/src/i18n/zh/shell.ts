import type { shell as english } from "../en/shell";

export const shell: typeof english = {
  bar: "工作流与运行",
  rail: "面板",
  canvas: "工作流画布",
  tabs: "打开的工作流",
  close: "关闭",
  cancel: "取消",
  loading: "加载中…",
  retry: "重试",
  nodes: "节点",
  workflows: "工作流",
  queue: "队列",
  gallery: "图库",
  models: "模型",
  inspector: "检查器",
  settings: "设置",
  keys: "键盘快捷键",
  refresh: "重新加载节点和模型",
  leave: "关闭最上层的面板",
  offline: "服务器暂时无法连接。您可以继续编辑，所有内容都会保留。",
  noCatalogue: "无法加载服务器的节点。",
};
