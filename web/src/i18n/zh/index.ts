import { canvas } from "./canvas";
import { shell } from "./shell";
import { widgets } from "./widgets";

export default { canvas, shell, widgets };
