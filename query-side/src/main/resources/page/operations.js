// Operations: those of a domain or of the fleet as a list, and one with its steps.

import { Answer } from "./answer.js";
import { path } from "./api.js";
import { Names } from "./names.js";
import { reading } from "./pages.js";
import { go, href, withQuery } from "./route.js";
import { styled } from "./styled.js";
import { badge, html, moment, nothing, problemNote, View } from "./view.js";
import { millis, spaced, when } from "./words.js";
import { paused } from "./operation-now.js";

const PAGE = 100;

const STATES = [
  "requested",
  "rollingBack",
  "retrying",
  "stalled",
  "succeeded",
  "rolledBack",
  "cancelled",
  "abandoned",
  "needsAttention",
];

const OVER = ["succeeded", "rolledBack", "cancelled", "abandoned"];

class OperationList extends View {
  static properties = { domain: {}, query: { attribute: false } };

  #most = PAGE;
  #names = new Names(this, () => !this.domain);
  #operations = new Answer(
    this,
    () =>
      this.domain
        ? path(["domains", this.domain, "operations"], { limit: PAGE })
        : path(["operations"], { limit: PAGE, state: this.query.get("state") }),
    { load: reading(() => this.#most) },
  );

  render() {
    const page = this.#operations.value;
    return html`
      ${this.domain
        ? nothing
        : html`<header class="view">
            <h1>Operations</h1>
            ${this.#filter()}
          </header>`}
      ${problemNote(this.#operations.problem)}
      ${page
        ? page.items.length === 0
          ? html`<p class="empty">Nothing was done yet that needed the host.</p>`
          : this.#table(page)
        : nothing}
    `;
  }

  #filter() {
    const wanted = this.query.get("state") ?? "";
    return html`
      <form class="controls" @submit=${(e) => e.preventDefault()}>
        <label>
          <span>State</span>
          <select @change=${(e) => go(withQuery({ state: e.target.value }), { replace: true })}>
            <option value="" ?selected=${wanted === ""}>all</option>
            ${STATES.map((state) => html`<option value=${state} ?selected=${wanted === state}>${spaced(state)}</option>`)}
          </select>
        </label>
      </form>
    `;
  }

  #table({ items, next }) {
    return html`
      <div class="table" tabindex="0" role="region" aria-label="The operations">
        <table>
          <thead>
            <tr>
              <th scope="col">Requested</th>
              ${this.domain ? nothing : html`<th scope="col">Domain</th>`}
              <th scope="col">Command</th>
              <th scope="col">Snapshot</th>
              <th scope="col">State</th>
              <th scope="col" class="digits">Took</th>
              <th scope="col" class="digits">Paused</th>
              <th scope="col">What came of it</th>
            </tr>
          </thead>
          <tbody>
            ${items.map((operation) => this.#row(operation))}
          </tbody>
        </table>
        ${next === null ? nothing : html`<button type="button" class="quiet more" @click=${this.#more}>Show older ones</button>`}
      </div>
    `;
  }

  #row(operation) {
    const name = this.domain ? null : this.#names.of(operation.domain);
    return html`
      <tr>
        <th scope="row"><a href=${href(["operations", operation.id])}>${moment(operation.requestedAt, when)}</a></th>
        ${name ? html`<td><a href=${href(["domains", name])}>${name}</a></td>` : nothing}
        <td>${spaced(operation.command)}</td>
        <td>${operation.snapshot ?? ""}</td>
        <td>${stateBadge(operation)}</td>
        <td class="digits">${took(operation)}</td>
        <td class="digits">${millis(operation.pausedMillis)}</td>
        <td class="text">
          ${operation.message ?? (OVER.includes(operation.state) ? "" : `${operation.progress.percent} %`)}
        </td>
      </tr>
    `;
  }

  #more = () => {
    this.#most += PAGE;
    this.#operations.again();
  };
}

function stateBadge(operation) {
  return badge(operation.state, spaced(operation.state));
}

function took({ requestedAt, endedAt }) {
  return endedAt ? millis(new Date(endedAt) - new Date(requestedAt)) : "";
}

class OperationView extends View {
  static properties = { operation: {} };

  #operation = new Answer(this, () => path(["operations", this.operation]), {
    concerns: (change) => change.operation === null || change.operation === this.operation,
  });
  #domain = new Answer(this, () => (this.#operation.value ? path(["domains", this.#operation.value.domain]) : null), {
    concerns: () => false,
  });

  render() {
    const operation = this.#operation.value;
    return html`${problemNote(this.#operation.problem)}${operation ? this.#whole(operation) : nothing}`;
  }

  #whole(operation) {
    const name = this.#domain.value?.name ?? operation.domain;
    return html`
      <header class="view">
        <h1>${spaced(operation.command)}${operation.snapshot ? ` “${operation.snapshot}”` : ""}</h1>
        <p class="summary">
          <span>of <a href=${href(["domains", name])}>${name}</a></span>
          <span>on <strong>${operation.host}</strong></span>
          <span>${stateBadge(operation)}</span>
        </p>
      </header>
      ${OVER.includes(operation.state) ? nothing : html`<operation-now .operation=${operation}></operation-now>`}
      ${operation.message ? outcome(operation) : nothing} ${nextAction(operation, name)}
      <div class="columns">
        <section class="card steps">
          <h2>Steps</h2>
          ${timeline(operation)}
        </section>
        <section class="card">
          <h2>Facts</h2>
          <dl>
            <dt>Id</dt>
            <dd><code>${operation.id}</code></dd>
            <dt>Requested</dt>
            <dd>${moment(operation.requestedAt, when)}</dd>
            <dt>Ended</dt>
            <dd>${operation.endedAt ? moment(operation.endedAt, when) : html`<span class="none">not yet</span>`}</dd>
            <dt>Took</dt>
            <dd>${took(operation) || html`<span class="none">it goes on</span>`}</dd>
            <dt>Guest</dt>
            <dd>${operation.pausedMillis === null && operation.frozenMillis === null ? "not paused" : paused(operation)}</dd>
            <dt>Left over</dt>
            <dd>
              ${operation.leftovers.length === 0
                ? html`<span class="none">nothing</span>`
                : operation.leftovers.map((file) => html`<code>${file}</code> `)}
            </dd>
          </dl>
          <p>
            <a href=${href(["audit"], { domain: name, ...around(operation) })}>The audit of this time</a>
          </p>
        </section>
      </div>
    `;
  }
}

/** From the command to what came of it, for the audit. */
function around({ requestedAt, endedAt }) {
  const later = (instant, by) => new Date(new Date(instant).getTime() + by).toISOString();
  return { from: later(requestedAt, -1000), to: endedAt ? later(endedAt, 1000) : null };
}

function outcome(operation) {
  const bad = operation.state !== "succeeded";
  return html`<p class="note ${bad ? "drift" : ""}">
    ${operation.code ? html`<code>${operation.code}</code>` : nothing} ${operation.message}
  </p>`;
}

/** What a person can do about it, in the words of the command line. */
function nextAction(operation, name) {
  const say = (verb) => html`<code>snapledger ${verb} ${name} ${operation.id}</code>`;
  switch (operation.state) {
    case "needsAttention":
      return html`<p class="note busy">
        Look at what is left over and put right what stood in its way; then let it go on with ${say("retry")}, or give it
        up with ${say("abandon")}.
      </p>`;
    case "stalled":
      return html`<p class="note busy">
        Its host is silent. It goes on by itself when the host is back; if that will not be, give it up with
        ${say("abandon")}.
      </p>`;
    case "rolledBack":
      return html`<p class="note">It was taken back: nothing of it is left. Put right what stood in its way, and ask again.</p>`;
    default:
      return nothing;
  }
}

/** Every step of every attempt, with how long it took as a bar beside the longest. */
function timeline(operation) {
  if (operation.steps.length === 0) {
    return html`<p class="none">The host has told of none yet.</p>`;
  }
  const longest = Math.max(1, ...operation.steps.map((step) => step.millis ?? 0));
  const attempts = Map.groupBy(operation.steps, (step) => step.attempt);
  return html`
    <table>
      <thead>
        <tr>
          <th scope="col">Step</th>
          <th scope="col">Outcome</th>
          <th scope="col" class="bars">Took</th>
        </tr>
      </thead>
      ${[...attempts].map(
        ([attempt, steps]) => html`
          <tbody>
            <tr class="group">
              <th scope="rowgroup" colspan="3">${attemptName(operation, attempt)}</th>
            </tr>
            ${steps.map((step) => stepRow(step, longest))}
          </tbody>
        `,
      )}
    </table>
  `;
}

function attemptName(operation, attempt) {
  if (attempt === 1) {
    return "As planned";
  }
  const back = ["rolledBack", "rollingBack", "cancelled"].includes(operation.state);
  return back ? `Attempt ${attempt}: taken back` : `Attempt ${attempt}: gone on`;
}

function stepRow(step, longest) {
  const share = `${Math.max(1, ((step.millis ?? 0) / longest) * 100)}%`;
  return html`
    <tr>
      <th scope="row">${step.step + 1}. ${spaced(step.kind)}</th>
      <td>${badge(step.outcome ?? "pending", step.outcome ? spaced(step.outcome) : "not told yet")}</td>
      <td class="bars">
        ${step.millis === null
          ? nothing
          : html`<span class="bar ${step.outcome}" ${styled({ width: share })} aria-hidden="true"></span>
              <span>${millis(step.millis)}</span>`}
        ${step.memoryWay ? html`<span class="none">memory: ${spaced(step.memoryWay)}</span>` : nothing}
      </td>
    </tr>
    ${step.message
      ? html`<tr>
          <td colspan="3" class="text">${step.message}</td>
        </tr>`
      : nothing}
  `;
}

customElements.define("operation-list", OperationList);
customElements.define("operation-view", OperationView);
