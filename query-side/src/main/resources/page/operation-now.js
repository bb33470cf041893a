// The operation that a domain is busy with, as far as it is.

import { live } from "./live.js";
import { href } from "./route.js";
import { badge, html, moment, nothing, View } from "./view.js";
import { bytes, millis, spaced, when } from "./words.js";

class OperationNow extends View {
  static properties = { operation: { attribute: false }, told: { state: true } };

  #progress = ({ detail }) => {
    if (detail.operation === this.operation.id) {
      this.told = detail;
    }
  };

  constructor() {
    super();
    this.told = null;
  }

  connectedCallback() {
    super.connectedCallback();
    live.addEventListener("progress", this.#progress);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    live.removeEventListener("progress", this.#progress);
  }

  /** What was told last: by the stream, or by the answer. */
  get #far() {
    const { progress, attempt, id } = this.operation;
    const told = this.told?.operation === id && this.told.attempt === attempt ? this.told : null;
    return told ?? progress;
  }

  render() {
    const operation = this.operation;
    const far = this.#far;
    const step = far.kind ?? null;
    return html`
      <section class="note busy" aria-label="Operation in flight">
        <strong>${spaced(operation.command)}</strong>
        ${operation.snapshot ? html`<span>“${operation.snapshot}”</span>` : nothing}
        ${badge(operation.state, spaced(operation.state))}
        <progress max="100" value=${far.percent} aria-label="Progress"></progress>
        <span class="digits">${far.percent} %</span>
        ${far.totalBytes ? html`<span>${bytes(far.doneBytes)} of ${bytes(far.totalBytes)}</span>` : nothing}
        ${step ? html`<span>step ${far.step + 1}: ${spaced(step)}</span>` : nothing}
        ${paused(operation)}
        <span class="none">since ${moment(operation.requestedAt, when)}</span>
        <a href=${href(["operations", operation.id])}>all steps</a>
      </section>
    `;
  }
}

/** For how long the guest stood still. */
export function paused(operation) {
  return html`
    ${operation.pausedMillis === null ? nothing : html`<span>guest paused ${millis(operation.pausedMillis)}</span>`}
    ${operation.frozenMillis === null
      ? nothing
      : html`<span>file systems frozen ${millis(operation.frozenMillis)}</span>`}
  `;
}

customElements.define("operation-now", OperationNow);
