export const nodes = {
  search: "Search nodes",
  nothing: "No node has these words.",
  blueprints: "Subgraph blueprints",
  publish: "Publish the subgraph",
  publishIt: "Publish",
  description: "What it does",
  taken: "There is a published subgraph “{name}” already.",
  published: "“{name}” is among the nodes now.",
  remove: "Remove {name}",
  removed: "“{name}” is published no more.",
  broken: "The published subgraph {name} cannot be used. {problem}",
  insideItself: "“{name}” cannot be put inside of itself.",
};
