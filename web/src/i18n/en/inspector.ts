export const inspector = {
  nothing: "Select a node to read about it, or run the workflow to see its steps.",
  unknown: "This server has no node “{type}”. Its values are kept.",
  took: "Took {seconds} s.",
  inputs: "Inputs",
  outputs: "Outputs",
  choice: "choice",
  run: "Steps of the run",
  phases: {
    queued: "waiting",
    running: "running",
    cached: "known already",
    done: "done",
    failed: "failed",
    interrupted: "not run",
  },
};
