export const missing = {
  title: "Missing nodes and models",
  nodes: "Nodes that this server does not have",
  models: "Models that this server does not have",
  pack: "from the pack {pack}",
  use: "Use {name}",
  nothing: "Nothing is missing.",
  kept: "Such nodes are shown as placeholders. They keep every value, and are saved as they were.",
};
