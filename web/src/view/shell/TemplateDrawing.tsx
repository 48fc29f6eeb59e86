import type { Template } from "../templates";

const MARGIN = 40;

/** A template without a picture: its nodes as they lie, in small. */
export function TemplateDrawing({ template: { boxes } }: { template: Template }) {
  if (boxes.length === 0) return <span className="template-picture" />;
  const left = Math.min(...boxes.map(([x]) => x)) - MARGIN;
  const top = Math.min(...boxes.map(([, y]) => y)) - MARGIN;
  const width = Math.max(...boxes.map(([x, , w]) => x + w)) + MARGIN - left;
  const height = Math.max(...boxes.map(([, y, , h]) => y + h)) + MARGIN - top;
  return (
    <svg className="template-picture template-drawing" viewBox={`${left} ${top} ${width} ${height}`} aria-hidden="true">
      {boxes.map(([x, y, w, h], at) => (
        <rect key={at} x={x} y={y} width={w} height={h} rx={16} fill="var(--line)" stroke="var(--control-line)" strokeWidth={6} />
      ))}
    </svg>
  );
}
