import type { widgets as english } from "../en/widgets";

export const widgets: typeof english = {
  on: "开",
  off: "关",
  less: "减小 {name}",
  more: "增大 {name}",
  roll: "换一个数",
  afterRun: "每次运行后",
  control: { fixed: "保持不变", increment: "加一", decrement: "减一", randomize: "随机" },
  noChoices: "没有可选项。",
  upload: "上传……",
  paintMask: "绘制蒙版",
  brush: "画笔",
  erase: "橡皮",
  invert: "反选",
  clear: "清空",
  cancel: "取消",
  save: "保存",
};
