import { canvas } from "./canvas";
import { edit } from "./edit";
import { files } from "./files";
import { gallery } from "./gallery";
import { inspector } from "./inspector";
import { missing } from "./missing";
import { models } from "./models";
import { nodes } from "./nodes";
import { palette } from "./palette";
import { problems } from "./problems";
import { queue } from "./queue";
import { run } from "./run";
import { settings } from "./settings";
import { shell } from "./shell";
import { widgets } from "./widgets";

export default { canvas, edit, files, gallery, inspector, missing, models, nodes, palette, problems, queue, run, settings, shell, widgets };
