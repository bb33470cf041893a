// How far each projection is, and its replay.

import { Answer } from "./answer.js";
import { ask, path, Problem } from "./api.js";
import { badge, html, moment, nothing, problemNote, View } from "./view.js";
import { count, number, spaced, when } from "./words.js";

const LOOK = 1000;

class ProjectionList extends View {
  static properties = { refused: { state: true }, begun: { state: true } };

  #projections = new Answer(this, () => path(["projections"]));
  #looks = 0;
  #before = new Map();

  constructor() {
    super();
    this.refused = null;
    this.begun = "";
  }

  connectedCallback() {
    super.connectedCallback();
    this.#looks = setInterval(() => this.#projections.again(), LOOK);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.#looks);
  }

  render() {
    return html`
      <header class="view">
        <h1>Projections</h1>
        <p class="summary">
          What is shown here is built from the log. A replay builds it anew beside what is read, and then takes its place.
        </p>
      </header>
      ${problemNote(this.#projections.problem ?? this.refused)}
      <p role="status">${this.begun}</p>
      <div class="projections">${this.#projections.value?.items.map((p) => this.#projection(p))}</div>
    `;
  }

  #projection(p) {
    return html`
      <section class="card" aria-labelledby="projection-${p.name}">
        <h2 id="projection-${p.name}">${p.name} ${badge(p.state, spaced(p.state))}</h2>
        <progress max=${Math.max(1, p.head)} value=${p.position} aria-label="How much of the log ${p.name} shows"></progress>
        <dl>
          <dt>Shows</dt>
          <dd>position ${number(p.position)} of ${number(p.head)}</dd>
          <dt>Lag</dt>
          <dd>${p.lag === 0 ? "none" : count(p.lag, "position")}</dd>
          <dt>Rate</dt>
          <dd>${this.#rate(p)}</dd>
          ${p.compared ? compared(p.compared) : nothing}
        </dl>
        ${p.failure ? this.#failure(p) : nothing}
        <button type="button" class="quiet" ?disabled=${p.state === "replaying"} @click=${() => this.#work(p.name, "replay")}>
          Replay ${p.name}
        </button>
      </section>
    `;
  }

  /** Entries applied in the second before; the API's own figure where it tells one. */
  #rate(p) {
    if (typeof p.rate === "number") {
      return `${number(p.rate)} entries/s`;
    }
    const now = performance.now();
    const seen = this.#before.get(p.name) ?? { at: now, applied: p.applied, rate: 0 };
    const seconds = (now - seen.at) / 1000;
    if (seconds >= 0.9) {
      seen.rate = Math.max(0, (p.applied - seen.applied) / seconds);
      seen.at = now;
      seen.applied = p.applied;
    }
    this.#before.set(p.name, seen);
    return `${number(seen.rate)} entries/s, ${number(p.applied)} since the start`;
  }

  #failure(p) {
    return html`
      <div class="problem" role="alert">
        <strong>Waits at position ${number(p.failure.position)}, a ${spaced(p.failure.type)}</strong>
        <span>${p.failure.message}</span>
        <span>tried ${count(p.failure.tries, "time")} since ${moment(p.failure.since, when)}</span>
        <button type="button" @click=${() => this.#work(p.name, "retry")}>Try it once more</button>
      </div>
    `;
  }

  async #work(name, verb) {
    this.refused = null;
    try {
      await ask(path(["projections", name, verb]), { method: "POST" });
      this.begun = verb === "replay" ? `${name} is built anew; what is read stays in service.` : `${name} tries again.`;
      this.#projections.again();
    } catch (error) {
      if (!(error instanceof Problem)) {
        throw error;
      }
      this.begun = "";
      this.refused = error;
    }
  }
}

function compared({ compared, differs, at, position }) {
  const result = !compared
    ? "could not be compared"
    : differs === ""
      ? "the same as before"
      : `otherwise than before in ${differs}`;
  return html`<dt>Last replay</dt>
    <dd>${result}, at position ${number(position)}, ${moment(at, when)}</dd>`;
}

customElements.define("projection-list", ProjectionList);
