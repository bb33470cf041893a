// One domain: its tree, its files, what was done with it; as it is, or as it was.

import { Answer } from "./answer.js";
import { path } from "./api.js";
import { go, href, withQuery } from "./route.js";
import { badge, html, moment, nothing, problemNote, View } from "./view.js";
import { bytes, count, spaced, when } from "./words.js";
import "./audit.js";
import "./definition.js";
import "./deleted.js";
import "./files.js";
import "./moments.js";
import "./operation-now.js";
import "./operations.js";
import "./snapshot.js";
import "./tree.js";

const PARTS = [
  ["", "Snapshots"],
  ["files", "Files"],
  ["deleted", "Deleted"],
  ["operations", "Operations"],
  ["audit", "Audit"],
  ["definition", "Definition"],
];

/** Those that can be moved through the domain's history. */
const OF_A_MOMENT = ["", "files", "definition"];

class DomainView extends View {
  static properties = { name: {}, part: {}, query: { attribute: false } };

  #now = new Answer(this, () => path(["domains", this.name]), { concerns: (c) => this.#concerns(c) });
  #then = new Answer(this, () => (this.at === null ? null : path(["domains", this.name], this.asOf)), {
    concerns: () => false,
  });
  #tree = new Answer(this, () => (this.part === "" ? path(["domains", this.name, "tree"], this.asOf) : null), {
    concerns: (c) => this.at === null && this.#concerns(c),
  });
  #operation = new Answer(
    this,
    () => (this.#now.value?.operation ? path(["operations", this.#now.value.operation]) : null),
    { concerns: (c) => this.#concerns(c) },
  );

  #drawn = null;

  /** The event of the domain as of which it is shown; null for now. */
  get at() {
    return OF_A_MOMENT.includes(this.part) ? this.query.get("at") : null;
  }

  get asOf() {
    return this.at === null ? {} : { atSequence: this.at };
  }

  #concerns(change) {
    return change.domain === null || change.domain === this.#now.value?.id;
  }

  render() {
    const now = this.#now.value;
    const domain = this.at === null ? now : this.#then.value;
    return html`
      <header class="view">
        <h1>${this.name}</h1>
        ${domain ? about(domain) : nothing}
        <nav class="parts" aria-label="Parts of the domain">${PARTS.map((part) => this.#link(part))}</nav>
      </header>
      ${problemNote(this.#now.problem ?? this.#then.problem ?? this.#tree.problem)}
      ${domain?.drift.length ? driftNote(domain.drift) : nothing}
      ${this.at === null && now?.operation && this.#operation.value
        ? html`<operation-now .operation=${this.#operation.value}></operation-now>`
        : nothing}
      ${now && OF_A_MOMENT.includes(this.part)
        ? html`<moment-slider .domain=${this.name} .last=${now.sequence} .at=${this.at}></moment-slider>`
        : nothing}
      ${domain ? this.#shown(domain) : nothing}
    `;
  }

  #link([part, name]) {
    const at = OF_A_MOMENT.includes(part) ? this.query.get("at") : null;
    return html`<a
      href=${href(["domains", this.name, part].filter(Boolean), { at })}
      aria-current=${part === this.part ? "page" : nothing}
      >${name}</a
    >`;
  }

  #shown(domain) {
    switch (this.part) {
      case "":
        return this.#tree.value ? this.#snapshots(this.#tree.value) : nothing;
      case "files":
        return html`<domain-files .domain=${this.name} .asOf=${this.asOf} .disks=${domain.disks}></domain-files>`;
      case "deleted":
        return html`<deleted-snapshots .domain=${this.name}></deleted-snapshots>`;
      case "operations":
        return html`<operation-list .domain=${this.name} .query=${this.query}></operation-list>`;
      case "audit":
        return html`<audit-view .domain=${this.name} .query=${this.query}></audit-view>`;
      case "definition":
        return html`<domain-definition .domain=${domain}></domain-definition>`;
      default:
        return html`<p class="empty">A domain has no part called “${this.part}”.</p>`;
    }
  }

  #snapshots(tree) {
    if (tree.nodes.length === 0 && this.#pending === null) {
      return html`<p class="empty">
        ${this.at === null
          ? html`This domain has no snapshot. Make one with
              <code>snapledger snapshot-create-as ${this.name} NAME</code>; it is drawn here at once.`
          : "The domain had no snapshot then."}
      </p>`;
    }
    const drawn = this.#withPending(tree);
    const wanted = this.query.get("snapshot");
    const known = drawn.nodes.some((node) => node.name === wanted);
    const chosen = known ? wanted : (drawn.current ?? drawn.nodes[0].name);
    return html`
      ${wanted !== null && !known
        ? html`<p class="hint" role="status">
            There ${this.at === null ? "is" : "was"} no snapshot “${wanted}”${this.at === null ? "" : " then"}.
          </p>`
        : nothing}
      <div class="split ${this.#tree.isCurrent ? "" : "older"}">
        <snapshot-tree
          .label=${`Snapshots of ${this.name}`}
          .tree=${drawn}
          .chosen=${chosen}
          .marks=${this.#marks()}
          @chosen=${(e) => go(withQuery({ snapshot: e.detail }), { replace: true })}
        ></snapshot-tree>
        ${drawn.nodes.find((node) => node.name === chosen).pending
          ? html`<section class="card"><h2>${chosen}</h2><p>It is being made; see above how far.</p></section>`
          : html`<snapshot-card .domain=${this.name} .name=${chosen} .asOf=${this.asOf}></snapshot-card>`}
      </div>
    `;
  }

  /** The operation in flight, where what is shown is the present. */
  get #inFlight() {
    return this.at === null && this.#now.value?.operation ? this.#operation.value : null;
  }

  /** A snapshot that is being made; it will be a child of the current one. */
  get #pending() {
    const operation = this.#inFlight;
    return operation?.command === "CreateSnapshot" ? operation : null;
  }

  #withPending(tree) {
    const pending = this.#pending;
    if (pending === null || tree.nodes.some((node) => node.name === pending.snapshot)) {
      return tree;
    }
    const node = {
      name: pending.snapshot,
      parent: tree.current,
      current: false,
      pending: true,
      state: "unknown",
      location: "none",
      createdAt: pending.requestedAt,
    };
    if (this.#drawn?.of !== tree || this.#drawn.name !== node.name) {
      this.#drawn = { of: tree, name: node.name, tree: { ...tree, nodes: [...tree.nodes, node] } };
    }
    return this.#drawn.tree;
  }

  #marks() {
    const operation = this.#inFlight;
    return operation?.snapshot ? new Map([[operation.snapshot, spaced(operation.command)]]) : new Map();
  }
}

function about(domain) {
  return html`
    <p class="summary">
      <span>on <strong>${domain.host}</strong></span>
      <span>${badge(domain.state ?? "unknown", domain.state ?? "not seen yet")}</span>
      <span>${bytes(domain.memoryBytes)} memory</span>
      <span>${count(domain.disks.length, "disk")}</span>
      <span>${count(domain.snapshots, "snapshot")}</span>
    </p>
  `;
}

function driftNote(drift) {
  return html`
    <details class="note drift">
      <summary>The host is otherwise than the ledger has it, in ${count(drift.length, "file")}</summary>
      <ul>
        ${drift.map(
          (d) => html`<li>
            ${badge("drift", spaced(d.kind))} <code>${d.file}</code> since ${moment(d.since, when)}
            <p>${d.text}</p>
            ${d.repair.map((line) => html`<pre><code>${line}</code></pre>`)}
          </li>`,
        )}
      </ul>
    </details>
  `;
}

customElements.define("domain-view", DomainView);
