import type { problems as english } from "../en/problems";

export const problems: typeof english = {
  title: "问题",
  count: "问题：{count}",
  none: "没有发现问题。",
};
