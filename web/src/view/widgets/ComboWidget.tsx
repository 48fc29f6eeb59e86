import { useRef, useState, type DragEvent, type KeyboardEvent } from "react";
import { useText } from "../../i18n";
import type { Json } from "../../model/json";
import { MODEL_DATA, type ModelName } from "../models";
import { ChoiceList, textOf } from "./ChoiceList";
import { rememberChoice } from "./recent";
import { useWidget, type WidgetProps } from "./useWidget";

/** One of a list: a click opens it with a search, arrows step through it. */
export function ComboWidget({ node, widget, label }: WidgetProps) {
  const [value, set] = useWidget(node, widget);
  return <Combo value={value} set={set} label={label} choices={widget.choices ?? []} isMany={Boolean(widget.input?.options.multi_select)} />;
}

interface Props {
  value: Json;
  set: (value: Json) => void;
  label: string;
  choices: readonly Json[];
  isMany?: boolean;
}

export function Combo({ value, set, label, choices, isMany = false }: Props) {
  const t = useText();
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, open] = useState(false);
  const chosen = Array.isArray(value) ? value : [value];
  const isKnown = chosen.every((each) => choices.some((choice) => textOf(choice) === textOf(each)));
  const at = choices.findIndex((choice) => textOf(choice) === textOf(value));

  function onKeyDown(event: KeyboardEvent): void {
    const way = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") open(true);
    else if (way !== 0 && !isMany && choices.length > 0) set(choices[(at + way + choices.length) % choices.length] ?? value);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** A model that is dropped from the list of models, if it is one of the choices. */
  function onDrop(event: DragEvent): void {
    const dragged = event.dataTransfer.getData(MODEL_DATA);
    const name = dragged === "" ? null : (JSON.parse(dragged) as ModelName).name;
    if (name === null || !choices.includes(name)) return;
    event.preventDefault();
    set(name);
  }

  const close = () => {
    open(false);
    button.current?.focus();
  };
  const shown = value === null || value === "" ? "—" : chosen.map(textOf).join(", ");
  return (
    <>
      <button ref={button} type="button" className="widget-box combo nodrag" aria-haspopup="listbox" aria-expanded={isOpen} data-unknown={isKnown || choices.length === 0 ? undefined : ""} title={shown} onClick={() => open(true)} onKeyDown={onKeyDown} onDragOver={(event) => { if (event.dataTransfer.types.includes(MODEL_DATA)) event.preventDefault(); }} onDrop={onDrop}>
        <span className="widget-label">{label}</span>
        <span className="widget-value">{shown}</span>
        <span className="chevron" aria-hidden="true">▾</span>
      </button>
      {isOpen && button.current && (
        <ChoiceList
          anchor={button.current}
          label={label}
          empty={t("widgets.noChoices")}
          choices={choices}
          chosen={chosen.map(textOf)}
          onPick={(choice) => {
            rememberChoice(label, textOf(choice));
            if (isMany) set(chosen.includes(choice) ? chosen.filter((each) => each !== choice) : [...chosen, choice]);
            else {
              set(choice);
              close();
            }
          }}
          onClose={close}
        />
      )}
    </>
  );
}
