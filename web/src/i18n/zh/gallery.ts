import type { gallery as english } from "../en/gallery";

export const gallery: typeof english = {
  empty: "您生成的内容会收集在这里。",
  more: "显示更早的",
  open: "查看 {name}",
  of: "{at}/{count}",
  compare: "与另一张图片比较",
  compareWith: "选择要比较的图片…",
  slider: "另一张图片的显示比例",
  load: "载入此图片的工作流",
  download: "下载",
  newer: "较新",
  older: "较早",
};
