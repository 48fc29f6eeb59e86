import type { DragEvent } from "react";
import type { FileRef } from "../api/wire";
import { openFiles, openShown } from "./opening";

const FILE = "application/x-graphcore-file";

/** A drop that the canvas itself did not take (nodes take pictures, the canvas takes nodes and models). */
export function allowDrop(event: DragEvent): void {
  if (event.dataTransfer.types.includes("Files") || event.dataTransfer.types.includes(FILE)) event.preventDefault();
}

/** Files and pictures of the gallery: the workflow that they are, or carry, is opened. */
export function dropOnCanvas(event: DragEvent): void {
  if (event.defaultPrevented) return;
  event.preventDefault();
  const shown = event.dataTransfer.getData(FILE);
  if (shown !== "") void openShown(JSON.parse(shown) as FileRef);
  else void openFiles([...event.dataTransfer.files]);
}
