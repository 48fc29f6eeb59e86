/** What was chosen lately, by the name of the input: it stands first in the list. */

const KEY = "graphcore.recent";
const KEPT = 4;

type Recent = Record<string, string[]>;

function read(): Recent {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return typeof found === "object" && found !== null ? (found as Recent) : {};
  } catch {
    return {}; // a comfort only
  }
}

export function recentOf(input: string): readonly string[] {
  const found = read()[input];
  return Array.isArray(found) ? found : [];
}

export function rememberChoice(input: string, choice: string): void {
  const kept = [choice, ...recentOf(input).filter((each) => each !== choice)].slice(0, KEPT);
  localStorage.setItem(KEY, JSON.stringify({ ...read(), [input]: kept }));
}
