import type { shell as english } from "../en/shell";

export const shell: typeof english = {
  bar: "工作流与运行",
  rail: "面板",
  canvas: "工作流画布",
};
