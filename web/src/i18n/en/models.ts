export const models = {
  search: "Search models",
  empty: "The server has no model files yet. Put them into its folder “models”.",
  noLoader: "No node here loads {name}.",
  nothing: "No model has this in its name.",
};
