export const shell = {
  bar: "Workflows and running",
  rail: "Panels",
  canvas: "Workflow",
};
