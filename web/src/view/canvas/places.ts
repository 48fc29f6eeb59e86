/** Where the sockets of a node stand below its title, so that wires end right before anything is measured. */

import { rowsOf, SLOT, stretchOf, WIDGET, widgetHeight } from "../../model/geometry";
import type { InputSocket, OutputSocket, Shape } from "../../model/shape";

const TOP = 8;

export interface SocketPlaces {
  inputs: { socket: InputSocket; y: number }[];
  outputs: { socket: OutputSocket; y: number }[];
}

/** `height` is that of the body. Collapsed nodes have all their sockets in the middle of the title. */
export function socketPlaces(shape: Shape, height: number): SocketPlaces {
  if (shape.isCollapsed) return { inputs: shape.inputs.map((socket) => ({ socket, y: -15 })), outputs: shape.outputs.map((socket) => ({ socket, y: -15 })) };
  const plain = shape.inputs.filter((socket) => !isInRow(shape, socket));
  const rows = Math.max(plain.length, shape.outputs.length);
  const stretch = stretchOf(shape.type, height);
  const inputs = plain.map((socket, at) => ({ socket, y: TOP + at * SLOT + SLOT / 2 }));
  let y = TOP + rows * SLOT;
  for (const widget of rowsOf(shape.type)) {
    const tall = widgetHeight(widget);
    const socket = shape.inputs.find((input) => input.name === widget.name);
    if (socket) inputs.push({ socket, y: y + WIDGET / 2 });
    y += tall > WIDGET ? tall + stretch : tall;
  }
  return { inputs, outputs: shape.outputs.map((socket, at) => ({ socket, y: TOP + at * SLOT + SLOT / 2 })) };
}

/** Whether a socket stands beside its widget, not among the plain ones. */
export function isInRow({ type }: Shape, socket: InputSocket): boolean {
  return socket.hasWidget && rowsOf(type).some((widget) => widget.name === socket.name);
}
