// Every command and every event, the newest first; what is asked for stands in the address.

import { Answer } from "./answer.js";
import { path, Problem, request } from "./api.js";
import { download } from "./download.js";
import { reading } from "./pages.js";
import { Names } from "./names.js";
import { go, here, href, withQuery } from "./route.js";
import { badge, html, moment, nothing, problemNote, View } from "./view.js";
import { spaced, when } from "./words.js";

const PAGE = 100;
const CSV = { type: "text/csv", page: 1000, most: 100_000 };
const TEXTS = {
  snapshot: "Snapshot",
  actor: "Actor",
  source: "Source",
  type: "Type",
  correlation: "Correlation",
};
const OUTCOMES = ["accepted", "rejected", "repeated", "recorded", "succeeded", "failed"];

class AuditView extends View {
  static properties = {
    domain: {},
    query: { attribute: false, hasChanged: (now, before) => String(now) !== String(before) },
    exporting: { state: true },
    refused: { state: true },
  };

  #most = PAGE;
  #lines = new Answer(this, () => path(["audit"], { ...this.#asked(), limit: PAGE }), {
    load: reading(() => this.#most),
  });

  #names = new Names(this, () => !this.domain);

  constructor() {
    super();
    this.exporting = false;
    this.refused = null;
  }

  #asked() {
    const wanted = Object.fromEntries(
      ["domain", ...Object.keys(TEXTS), "outcome", "from", "to"].map((name) => [name, this.query.get(name)]),
    );
    return { ...wanted, ...(this.domain && { domain: this.domain }) };
  }

  willUpdate(changed) {
    if (changed.has("query")) {
      this.#most = PAGE;
    }
  }

  render() {
    const page = this.#lines.value;
    return html`
      ${this.domain ? nothing : html`<header class="view"><h1>Audit</h1></header>`} ${this.#form()}
      ${problemNote(this.#lines.problem ?? this.refused)}
      ${page ? (page.items.length === 0 ? html`<p class="empty">No line is like that.</p>` : this.#table(page)) : nothing}
    `;
  }

  #form() {
    const wanted = this.#asked();
    return html`
      <form class="filters" @submit=${this.#ask} @reset=${this.#clear}>
        ${this.domain ? nothing : field("domain", "Domain", wanted)} ${Object.entries(TEXTS).map(([name, label]) => field(name, label, wanted))}
        <label>
          <span>Outcome</span>
          <select name="outcome">
            <option value="" ?selected=${!wanted.outcome}>any</option>
            ${OUTCOMES.map((o) => html`<option value=${o} ?selected=${wanted.outcome === o}>${o}</option>`)}
          </select>
        </label>
        ${time("from", "From", wanted)} ${time("to", "To", wanted)}
        <span class="buttons">
          <button type="submit">Ask</button>
          <button type="reset" class="quiet">Clear</button>
          <button type="button" class="quiet" @click=${this.#export} ?disabled=${this.exporting}>
            ${this.exporting ? "Reading …" : "CSV"}
          </button>
        </span>
      </form>
    `;
  }

  #ask = (event) => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(event.target));
    for (const name of ["from", "to"]) {
      given[name] &&= new Date(given[name]).toISOString();
    }
    go(withQuery(given));
  };

  /** The fields empty themselves. */
  #clear = () => go(href(here().path));

  #table({ items, next }) {
    return html`
      <div class="table" tabindex="0" role="region" aria-label="The audit">
        <table>
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">What</th>
              <th scope="col">Outcome</th>
              ${this.domain ? nothing : html`<th scope="col">Domain</th>`}
              <th scope="col">Snapshot</th>
              <th scope="col">Who</th>
              <th scope="col">Sent by</th>
              <th scope="col">Said</th>
              <th scope="col" class="digits">Position</th>
            </tr>
          </thead>
          <tbody>
            ${items.map((line) => this.#line(line))}
          </tbody>
        </table>
        ${next === null ? nothing : html`<button type="button" class="quiet more" @click=${this.#more}>Show older ones</button>`}
      </div>
    `;
  }

  #line(line) {
    return html`
      <tr>
        <td>${moment(line.at, when)}</td>
        <th scope="row">${line.kind === "command" ? badge("mixed", "command") : nothing} ${spaced(line.type)}</th>
        <td>${badge(line.outcome, line.outcome)}</td>
        ${this.domain
          ? nothing
          : html`<td>${line.domain ? html`<a href=${href(["domains", line.domain])}>${this.#names.of(line.domain)}</a>` : nothing}</td>`}
        <td>${line.snapshot ?? ""}</td>
        <td>${line.actor ?? ""}</td>
        <td>${line.source ?? ""}</td>
        <td class="text">
          ${line.code ? html`<code>${line.code}</code>` : nothing} ${line.message ?? line.reason ?? ""}
          ${line.operation ? html`<a href=${href(["operations", line.operation])}>operation</a>` : nothing}
        </td>
        <td class="digits">${line.position}</td>
      </tr>
    `;
  }

  #more = () => {
    this.#most += PAGE;
    this.#lines.again();
  };

  /** Page after page, each with its head: only the first head is kept. */
  #export = async () => {
    this.exporting = true;
    this.refused = null;
    try {
      const parts = [];
      let lines = 0;
      let cursor = null;
      do {
        const question = path(["audit"], { ...this.#asked(), limit: CSV.page, cursor });
        const response = await request(question, { accept: CSV.type });
        const text = await response.text();
        parts.push(cursor === null ? text : text.slice(text.indexOf("\n") + 1));
        cursor = response.headers.get("Snapledger-Next");
        lines += CSV.page;
      } while (cursor && lines < CSV.most);
      download("audit.csv", CSV.type, parts);
    } catch (error) {
      if (!(error instanceof Problem)) {
        throw error;
      }
      this.refused = error;
    } finally {
      this.exporting = false;
    }
  };
}

function field(name, label, wanted) {
  return html`<label><span>${label}</span><input name=${name} .value=${wanted[name] ?? ""} autocomplete="off" /></label>`;
}

function time(name, label, wanted) {
  return html`<label
    ><span>${label}</span
    ><input type="datetime-local" step="1" name=${name} .value=${local(wanted[name])} /></label
  >`;
}

/** A time as the browser's own field takes it: in the reader's time zone, without naming it. */
function local(instant) {
  return instant ? when(instant).replace(" ", "T") : "";
}

customElements.define("audit-view", AuditView);
