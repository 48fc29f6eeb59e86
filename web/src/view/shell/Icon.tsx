/** Line icons on a grid of 20, drawn with the colour of the text. */
const PATHS = {
  nodes: "M3 5h6v5H3zM11 10h6v5h-6zM9 7.5h2.5a2 2 0 0 1 2 2V10",
  workflows: "M3 5.5A1.5 1.5 0 0 1 4.5 4h3l2 2h6A1.5 1.5 0 0 1 17 7.5v7a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 14.5z",
  queue: "M4 5h12M4 10h12M4 15h7",
  gallery: "M3 4h14v12H3zM3 13l4-4 3.5 3.5L13 10l4 4M13.5 7.5h.01",
  models: "M10 3l6 3.5v7L10 17l-6-3.5v-7zM4 6.5l6 3.5 6-3.5M10 10v7",
  settings: "M4 6h7M15 6h1M4 14h1M9 14h7M11 4v4M5 12v4",
  search: "M9 4a5 5 0 1 0 0 10A5 5 0 0 0 9 4zM13 13l4 4",
  run: "M6 4l10 6-10 6z",
  stop: "M5.5 5.5h9v9h-9z",
  plus: "M10 4v12M4 10h12",
  minus: "M4 10h12",
  close: "M5 5l10 10M15 5L5 15",
  check: "M4 10.5l4 4 8-9",
  up: "M10 16V4M5 9l5-5 5 5",
  down: "M10 4v12M5 11l5 5 5-5",
  pause: "M7 5v10M13 5v10",
  retry: "M15.5 8A6 6 0 1 0 16 10.5M16 4v4h-4",
  trash: "M4 6h12M8 6V4h4v2M6 6l.7 10h6.6L14 6M8.5 9v4M11.5 9v4",
  warning: "M10 4l7 12H3zM10 9v3M10 14h.01",
  info: "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM10 9v5M10 6.5h.01",
  save: "M4 4h10l2 2v10H4zM7 4v4h6V4M7 16v-4h6v4",
  download: "M10 4v8M6 9l4 4 4-4M4 16h12",
  upload: "M10 13V5M6 8l4-4 4 4M4 16h12",
  inspector: "M3 4h14v12H3zM12 4v12",
  keyboard: "M3 6h14v8H3zM6 9h.01M9 9h.01M12 9h.01M15 9h-.01M7 12h6",
  compare: "M10 3v14M3 5h5v10H3M12 5h5v10h-5",
  left: "M12 5l-5 5 5 5",
  right: "M8 5l5 5-5 5",
  more: "M5 10h.01M10 10h.01M15 10h.01",
  diff: "M5 4v7M1.5 7.5h7M11.5 12h7M12 16L8 4",
  offline: "M3 3l14 14M4 8a9 9 0 0 1 4-2M12.5 6.2A9 9 0 0 1 16 8M7 11.5a4.5 4.5 0 0 1 3-1.5M10 15h.01",
  template: "M3 4h6v6H3zM11 4h6v6h-6zM3 12h6v4H3zM11 12h6v4h-6z",
  target: "M10 5a5 5 0 1 0 0 10 5 5 0 0 0 0-10zM10 2v4M10 14v4M2 10h4M14 10h4",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" width={size} height={size} aria-hidden="true" fill="none" stroke="currentColor" strokeWidth={1.6} strokeLinecap="round" strokeLinejoin="round">
      <path d={PATHS[name]} fill={name === "run" || name === "stop" ? "currentColor" : "none"} />
    </svg>
  );
}
