import type { inspector as english } from "../en/inspector";

export const inspector: typeof english = {
  nothing: "选择一个节点查看说明，或运行工作流查看步骤。",
  unknown: "此服务器没有节点“{type}”。其值会保留。",
  took: "用时 {seconds} 秒。",
  inputs: "输入",
  outputs: "输出",
  choice: "选项",
  run: "运行步骤",
  phases: {
    queued: "等待",
    running: "运行中",
    cached: "已缓存",
    done: "完成",
    failed: "失败",
    interrupted: "未运行",
  },
};
