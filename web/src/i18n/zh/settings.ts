import type { settings as english } from "../en/settings";

export const settings: typeof english = {
  theme: "主题",
  system: "跟随系统",
  dark: "深色",
  light: "浅色",
  language: "语言",
  snap: "节点对齐网格",
  minimap: "显示小地图",
  notifications: "离开页面时，运行结束后通知我",
  free: "释放内存",
  freed: "服务器将在当前任务后释放内存。",
  api: "HTTP 接口文档",
  useDark: "使用深色主题",
  useLight: "使用浅色主题",
  who: "您是谁？",
  newUser: "您的名字",
  addUser: "开始",
  changeUser: "切换用户",
};
