import { Fragment } from "react";
import { keyLabel } from "../actions";

/** A key or a chord, as caps. */
export function Keys({ keys }: { keys: string }) {
  return (
    <span className="keys">
      {keyLabel(keys).map((part, at) => (
        <Fragment key={at}>
          <kbd className="key">{part}</kbd>
        </Fragment>
      ))}
    </span>
  );
}
