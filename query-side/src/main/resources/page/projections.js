// How far each projection is, and its replay.

import { Answer } from "./answer.js";
import { ask, path, Problem } from "./api.js";
import { badge, html, moment, nothing, problemNote, View } from "./view.js";
import { count, millis, number, spaced, when } from "./words.js";

const LOOK = 1000;

const VERBS = {
  replay: { button: "Replay", begun: "is built anew; what is read stays in service" },
  pause: { button: "Pause the replay of", begun: "waits to be resumed" },
  resume: { button: "Resume the replay of", begun: "goes on being built anew" },
  cancel: { button: "Give up the replay of", begun: "stays as it is" },
  retry: { button: "Retry", begun: "tries again" },
};

/** What can be asked for now. */
function verbs({ replay }) {
  if (!replay) {
    return ["replay"];
  }
  return [replay.paused ? "resume" : "pause", "cancel"];
}

class ProjectionList extends View {
  static properties = { refused: { state: true }, begun: { state: true } };

  #projections = new Answer(this, () => path(["projections"]));
  #looks = 0;

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
          <dd>${number(p.rate, 1)} entries/s, ${number(p.applied)} since the start</dd>
          ${p.compared ? compared(p.compared) : nothing}
        </dl>
        ${p.failure ? this.#failure(p) : nothing}
        ${p.replay ? replayed(p) : nothing}
        <p class="buttons">
          ${verbs(p).map(
            (verb) =>
              html`<button type="button" class="quiet" @click=${() => this.#work(p.name, verb)}>
                ${VERBS[verb].button} ${p.name}
              </button>`,
          )}
        </p>
      </section>
    `;
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
      this.begun = `${name} ${VERBS[verb].begun}.`;
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

/** How far the rows are that are built anew. */
function replayed({ name, replay }) {
  return html`
    <h3>Built anew</h3>
    <progress
      max="100"
      value=${replay.percent}
      aria-label="How much of the log the new rows of ${name} show"
    ></progress>
    <p>
      ${count(replay.remaining, "position")} to go, ${number(replay.rate, 1)} entries/s${replay.secondsLeft === null
        ? ""
        : `, ${millis(replay.secondsLeft * 1000)} left`}
    </p>
  `;
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
