// All domains, as a table that can be searched, filtered and sorted.

import { repeat } from "lit/directives/repeat.js";
import { styled } from "./styled.js";
import { Answer } from "./answer.js";
import { path } from "./api.js";
import { reading } from "./pages.js";
import { go, href, withQuery } from "./route.js";
import { badge, html, nothing, problemNote, View } from "./view.js";
import { count, number } from "./words.js";
import { rowHeight, VirtualRows } from "./virtual-rows.js";

const PAGE = 1000;

const COLUMNS = [
  { key: "name", name: "Domain", of: (d) => d.name },
  { key: "host", name: "Host", of: (d) => d.host },
  { key: "state", name: "Guest", of: (d) => d.state ?? "unknown" },
  { key: "current", name: "Current snapshot", of: (d) => d.current ?? "" },
  { key: "snapshots", name: "Snapshots", of: (d) => d.snapshots, digits: true },
  { key: "attention", name: "Attention", of: (d) => (d.stuck ? 0 : d.drift.length > 0 ? 1 : d.operation ? 2 : 3) },
];

const ONLY = {
  "": "all",
  attention: "that need attention",
  busy: "with an operation in flight",
  drift: "with drift",
  running: "running",
  shutoff: "shut off",
};

class FleetView extends View {
  static properties = { query: { attribute: false } };

  #answer = new Answer(this, () => path(["domains"], { limit: PAGE }), { load: reading(() => Infinity) });
  #stuck = new Answer(this, () => path(["operations"], { state: "needsAttention", limit: PAGE }), {
    load: reading(() => PAGE),
  });
  #virtual = new VirtualRows(this, {
    scroller: () => this.querySelector(".table"),
    height: () => rowHeight(33, 76),
  });

  render() {
    const stuck = new Map(this.#stuck.value?.items.map((operation) => [operation.domain, operation.id]));
    const all = (this.#answer.value?.items ?? []).map((d) => ({ ...d, stuck: stuck.get(d.id) ?? null }));
    const shown = this.#shown(all);
    return html`
      <header class="view">
        <h1>Domains</h1>
        <p class="summary" role="status">${this.#answer.value ? summary(all, shown) : "reading …"}</p>
        ${this.#controls()}
      </header>
      ${problemNote(this.#answer.problem ?? this.#stuck.problem)}
      ${this.#answer.value && all.length === 0 ? nobody() : this.#table(shown)}
    `;
  }

  #controls() {
    return html`
      <form class="controls" role="search" @submit=${(e) => e.preventDefault()}>
        <label>
          <span>Search</span>
          <input
            type="search"
            name="q"
            .value=${this.query.get("q") ?? ""}
            placeholder="name, host or snapshot"
            @input=${(e) => this.#set({ q: e.target.value })}
          />
        </label>
        <label>
          <span>Show</span>
          <select name="only" @change=${(e) => this.#set({ only: e.target.value })}>
            ${Object.entries(ONLY).map(
              ([key, name]) =>
                html`<option value=${key} ?selected=${key === (this.query.get("only") ?? "")}>${name}</option>`,
            )}
          </select>
        </label>
        <label class="order">
          <span>Order</span>
          <select name="sort" @change=${(e) => this.#set({ sort: e.target.value })}>
            ${COLUMNS.map((c) => html`<option value=${c.key} ?selected=${c.key === this.#order()[0]}>by ${c.name}</option>`)}
          </select>
        </label>
      </form>
    `;
  }

  #set(changes) {
    go(withQuery(changes), { replace: true });
  }

  #shown(all) {
    const wanted = (this.query.get("q") ?? "").trim().toLowerCase();
    const only = this.query.get("only") ?? "";
    const [key, down] = this.#order();
    const column = COLUMNS.find((c) => c.key === key) ?? COLUMNS[0];
    const sign = down ? -1 : 1;
    return all
      .filter((d) => matches(d, only) && [d.name, d.host, d.current ?? ""].some((t) => t.toLowerCase().includes(wanted)))
      .sort((a, b) => sign * compare(column.of(a), column.of(b)) || compare(a.name, b.name));
  }

  #order() {
    const sort = this.query.get("sort") ?? "name";
    return sort.startsWith("-") ? [sort.slice(1), true] : [sort, false];
  }

  #table(shown) {
    const drawn = this.#virtual.of(shown.length);
    const before = drawn[0]?.start ?? 0;
    const after = this.#virtual.height - (drawn.at(-1)?.end ?? 0);
    return html`
      <div class="table" tabindex="0" role="region" aria-label="The domains">
        <table class="fleet" role="table" aria-rowcount=${shown.length + 1}>
          <thead role="rowgroup">
            <tr role="row" aria-rowindex="1">
              ${COLUMNS.map((c) => this.#head(c))}
            </tr>
          </thead>
          <tbody role="rowgroup">
            ${spacer(before)}
            ${repeat(
              drawn,
              ({ index }) => shown[index].id,
              ({ index }) => domainRow(shown[index], index + 2),
            )}
            ${spacer(after)}
          </tbody>
        </table>
      </div>
    `;
  }

  #head(column) {
    const [key, down] = this.#order();
    const sorted = column.key === key;
    return html`
      <th
        scope="col"
        role="columnheader"
        class=${column.digits ? "digits" : nothing}
        aria-sort=${sorted ? (down ? "descending" : "ascending") : nothing}
      >
        <button type="button" @click=${() => this.#set({ sort: sorted && !down ? `-${column.key}` : column.key })}>
          ${column.name}<span aria-hidden="true">${sorted ? (down ? " ▾" : " ▴") : ""}</span>
        </button>
      </th>
    `;
  }
}

function domainRow(domain, index) {
  return html`
    <tr role="row" aria-rowindex=${index}>
      <th scope="row" role="rowheader"><a href=${href(["domains", domain.name])}>${domain.name}</a></th>
      <td role="cell">${domain.host}</td>
      <td role="cell">${badge(domain.state ?? "unknown", domain.state ?? "not seen yet")}</td>
      <td role="cell" class="wide">
        ${domain.current
          ? html`<a href=${href(["domains", domain.name], { snapshot: domain.current })}>${domain.current}</a>`
          : html`<span class="none">none</span>`}
      </td>
      <td role="cell" class="digits count">${number(domain.snapshots)}</td>
      <td role="cell">
        ${domain.drift.length > 0 ? badge("drift", `drift in ${count(domain.drift.length, "file")}`) : nothing}
        ${domain.stuck
          ? html`<a href=${href(["operations", domain.stuck])}>${badge("needsAttention", "needs attention")}</a>`
          : domain.operation
            ? html`<a href=${href(["operations", domain.operation])}>${badge("busy", "operation in flight")}</a>`
            : nothing}
      </td>
    </tr>
  `;
}

function spacer(height) {
  return height > 0
    ? html`<tr class="spacer" aria-hidden="true"><td colspan=${COLUMNS.length} ${styled({ height: `${height}px` })}></td></tr>`
    : nothing;
}

function nobody() {
  return html`<p class="empty">
    No domain is defined yet. Define one with <code>snapledger define</code>, or send <code>DefineDomain</code> to
    the commands' topic; it is shown here at once.
  </p>`;
}

function summary(all, shown) {
  const snapshots = all.reduce((sum, d) => sum + d.snapshots, 0);
  const some = shown.length === all.length ? "" : `${number(shown.length)} of `;
  return `${some}${count(all.length, "domain")}, ${count(snapshots, "snapshot")}`;
}

function matches(domain, only) {
  return (
    only === "" ||
    (only === "attention" && domain.stuck !== null) ||
    (only === "busy" && domain.operation !== null) ||
    (only === "drift" && domain.drift.length > 0) ||
    domain.state === only
  );
}

function compare(a, b) {
  return typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true });
}

customElements.define("fleet-view", FleetView);
