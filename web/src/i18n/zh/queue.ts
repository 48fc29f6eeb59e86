import type { queue as english } from "../en/queue";

export const queue: typeof english = {
  empty: "队列为空。运行工作流后会显示在这里。",
  waiting: "{count} 个等待中",
  clear: "清空",
  running: "正在运行",
  next: "等待中",
  failed: "未完成",
  stop: "停止此任务",
  runningNow: "运行中",
  paused: "已暂停",
  place: "队列第 {place} 位",
  earlier: "上移",
  pause: "暂停",
  resume: "继续",
  cancel: "取消此任务",
  cancelled: "已取消",
  retry: "重新运行",
  job: "任务 {id}",
  noReason: "任务未完成。",
};
