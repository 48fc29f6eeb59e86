export const palette = {
  title: "Command palette",
  hint: "Search commands, workflows and nodes",
  nothing: "Nothing has this name.",
  workflow: "Open workflow",
  groups: {
    run: "Running",
    edit: "Editing",
    view: "View",
    files: "Workflows",
    extensions: "Extensions",
  },
};
