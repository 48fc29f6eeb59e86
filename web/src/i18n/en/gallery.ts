export const gallery = {
  empty: "What you make is collected here.",
  more: "Show older",
  open: "Look at {name}",
  of: "{at} of {count}",
  compare: "Compare with another picture",
  compareWith: "Compare with …",
  slider: "How much of the other picture to show",
  load: "Load this picture's workflow",
  download: "Download",
  newer: "Newer",
  older: "Older",
};
