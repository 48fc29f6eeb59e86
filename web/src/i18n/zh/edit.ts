import type { edit as english } from "../en/edit";

export const edit: typeof english = {
  undo: "撤销",
  redo: "重做",
};
