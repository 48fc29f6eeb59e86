export const problems = {
  title: "Problems",
  count: "Problems: {count}",
  none: "No problems were found.",
};
