import type { widgets as english } from "../en/widgets";

export const widgets: typeof english = {};
