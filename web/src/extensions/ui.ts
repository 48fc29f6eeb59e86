type Child = Node | string;

/** The field's `$el("div.class#id", properties, children)`. */
export function element(description: string, properties: Record<string, unknown> | Child[] = {}, children: Child[] | Child = []): HTMLElement {
  const [tag = "div", ...classes] = description.split(".");
  const made = document.createElement(tag === "" ? "div" : tag);
  if (classes.length > 0) made.classList.add(...classes);
  const given = Array.isArray(properties) ? {} : properties;
  const { style, dataset, parent, $: then, ...rest } = given;
  Object.assign(made.style, style);
  Object.assign(made.dataset, dataset);
  Object.assign(made, rest);
  made.append(...(Array.isArray(properties) ? properties : Array.isArray(children) ? children : [children]));
  if (parent instanceof Node) parent.appendChild(made);
  if (typeof then === "function") (then as (made: HTMLElement) => void)(made);
  return made;
}

/** The field's dialog: shows a text or an element over the page. */
export class ScriptDialog {
  readonly element = document.createElement("dialog");

  show(content: string | Node): void {
    this.element.className = "dialog";
    this.element.replaceChildren(content);
    document.body.append(this.element);
    this.element.showModal();
  }

  close(): void {
    this.element.close();
    this.element.remove();
  }
}
