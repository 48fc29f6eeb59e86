import { hasDetails, type NodeRun } from "../../model/run";

/** The sentences of what went wrong, below the node. */
export function NodeFailures({ run }: { run: NodeRun | undefined }) {
  if (!run || run.failures.length === 0) return null;
  return (
    <div className="node-failures" role="alert">
      {run.failures.map((failure, at) => (
        <p key={at}>
          {failure.input !== null && <strong>{failure.input}: </strong>}
          {failure.message}
          {hasDetails(failure) && <small>{failure.details}</small>}
        </p>
      ))}
    </div>
  );
}
