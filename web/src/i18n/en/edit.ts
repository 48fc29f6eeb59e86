export const edit = {
  undo: "Undo",
  redo: "Redo",
};
