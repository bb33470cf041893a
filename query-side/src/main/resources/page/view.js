// What all elements of the page share: they draw into the page itself and not into shadow trees, so that one style sheet
// and one set of ids hold for all of it.

import { LitElement, html, nothing } from "lit";

export { html, nothing };

export class View extends LitElement {
  createRenderRoot() {
    return this;
  }
}

/** Why a question was not answered, in full. */
export function problemNote(problem) {
  return problem
    ? html`<div class="problem" role="alert">
        <strong>${problem.title}</strong>
        <span>${problem.message}</span>
      </div>`
    : nothing;
}

export function badge(kind, text) {
  return html`<span class="badge ${kind}">${text}</span>`;
}

export function moment(instant, format) {
  return instant ? html`<time datetime=${instant}>${format(instant)}</time>` : nothing;
}
