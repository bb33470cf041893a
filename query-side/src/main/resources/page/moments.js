// Moves a domain through its history: one stop for each event of its own, and "Now" to follow it again.

import { Answer } from "./answer.js";
import { path } from "./api.js";
import { go, withQuery } from "./route.js";
import { html, moment, nothing, problemNote, View } from "./view.js";
import { number, spaced, when } from "./words.js";

/** The audit is asked for the entries of a time; two moments may have the same. */
const A_MILLISECOND = 1;

const SETTLED = 80;

class MomentSlider extends View {
  static properties = { domain: {}, last: { type: Number }, at: {}, dragged: { state: true } };

  #settling = 0;

  #moment = new Answer(
    this,
    () =>
      path(["domains", this.domain, "moments"], { limit: 1, ...(this.at === null ? {} : { atSequence: this.at }) }),
    { concerns: () => this.at === null },
  );
  #entries = new Answer(this, () => this.#entriesThen(), { concerns: () => false });

  constructor() {
    super();
    /** Where the slider is while it moves, so that not every place on its way is asked for. */
    this.dragged = null;
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.#settling);
  }

  get #place() {
    if (this.dragged !== null) {
      return this.dragged;
    }
    return this.at === null ? this.last : Math.min(Number(this.at), this.last);
  }

  #entriesThen() {
    const shown = this.#moment.value?.items[0];
    return this.at !== null && shown
      ? path(["audit"], { domain: this.domain, from: shown.at, to: later(shown.at), limit: 100 })
      : null;
  }

  render() {
    const shown = this.#moment.value?.items[0];
    return html`
      <section class="moments" aria-label="Moment shown">
        <button type="button" class="quiet" @click=${() => this.#go(this.#place - 1)} ?disabled=${this.#place <= 0}>
          <span aria-hidden="true">◂</span> Back
        </button>
        <input
          type="range"
          min="0"
          max=${this.last}
          step="1"
          .value=${String(this.#place)}
          aria-label="Moment of the domain's history"
          aria-valuetext=${this.#text(shown)}
          @input=${(e) => this.#drag(Number(e.target.value))}
        />
        <button
          type="button"
          class="quiet"
          @click=${() => this.#go(this.#place + 1)}
          ?disabled=${this.at === null || this.#place >= this.last}
        >
          Forth <span aria-hidden="true">▸</span>
        </button>
        <button type="button" class="quiet" @click=${() => this.#go(null)} aria-pressed=${String(this.at === null)}>
          Now
        </button>
        <output class=${this.at === null ? "" : "then"}>
          ${shown ? moment(shown.at, when) : nothing}
          <span>moment ${number(this.#place + 1)} of ${number(this.last + 1)}</span>
          ${this.#happened(shown)}
        </output>
        ${problemNote(this.#moment.problem ?? this.#entries.problem)}
      </section>
    `;
  }

  #text(shown) {
    const place = `moment ${this.#place + 1} of ${this.last + 1}`;
    return shown ? `${place}, ${when(shown.at)}${this.at === null ? ", now" : ""}` : place;
  }

  /** What happened at the moment, and who had it done. */
  #happened(shown) {
    const entry = this.#entries.value?.items.find((e) => e.position === shown?.position);
    if (this.at === null || !entry) {
      return nothing;
    }
    const { type, snapshot, actor } = entry;
    return html`<strong>${spaced(type)}</strong> ${snapshot ? html`“${snapshot}”` : nothing}
      ${actor ? html`<span>by ${actor}</span>` : nothing}`;
  }

  #drag(place) {
    this.dragged = place;
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#go(place), SETTLED);
  }

  #go(at) {
    this.dragged = null;
    clearTimeout(this.#settling);
    go(withQuery({ at: at === null ? null : Math.max(0, Math.min(at, this.last)) }), { replace: true });
  }
}

function later(instant) {
  return new Date(new Date(instant).getTime() + A_MILLISECOND).toISOString();
}

customElements.define("moment-slider", MomentSlider);
