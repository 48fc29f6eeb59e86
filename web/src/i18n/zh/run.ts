import type { run as english } from "../en/run";

export const run: typeof english = {
  run: "运行",
  runTip: "运行工作流（Ctrl Enter）",
  front: "插队运行",
  here: "运行到所选节点",
  stop: "停止",
  count: "运行次数",
  progress: "运行进度",
  nodes: "{done}/{total} 个节点",
  step: "第 {value}/{max} 步",
  left: "剩余 {seconds} 秒",
  waiting: "正在排队",
  done: "“{title}”已完成。",
  failed: "“{title}”运行失败。",
  stopped: "“{title}”已停止。",
  show: "查看",
  offline: "服务器没有响应。请在恢复后再次运行。",
};
