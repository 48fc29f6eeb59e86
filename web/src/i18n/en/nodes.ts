export const nodes = {
  search: "Search nodes",
  nothing: "No node has these words.",
};
