import type { palette as english } from "../en/palette";

export const palette: typeof english = {
  title: "命令面板",
  hint: "搜索命令、工作流和节点",
  nothing: "没有匹配项。",
  workflow: "打开的工作流",
  groups: {
    run: "运行",
    edit: "编辑",
    view: "视图",
    files: "工作流",
    extensions: "扩展",
  },
};
