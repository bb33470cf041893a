// One domain: its tree, and what is chosen in it.

import { Answer } from "./answer.js";
import { path } from "./api.js";
import { go, withQuery } from "./route.js";
import { badge, html, nothing, problemNote, View } from "./view.js";
import { bytes, count } from "./words.js";
import "./snapshot.js";
import "./tree.js";

class DomainView extends View {
  static properties = { name: {}, part: {}, query: { attribute: false } };

  #domain = new Answer(this, () => path(["domains", this.name]), { concerns: (c) => this.#concerns(c) });
  #tree = new Answer(this, () => path(["domains", this.name, "tree"]), { concerns: (c) => this.#concerns(c) });

  #concerns(change) {
    return change.domain === null || [this.name, this.#domain.value?.id].includes(change.domain);
  }

  render() {
    const domain = this.#domain.value;
    return html`
      <header class="view">
        <h1>${this.name}</h1>
        ${domain ? about(domain) : nothing}
      </header>
      ${problemNote(this.#domain.problem ?? this.#tree.problem)}
      ${this.#tree.value ? this.#snapshots(this.#tree.value) : nothing}
    `;
  }

  #snapshots(tree) {
    if (tree.nodes.length === 0) {
      return html`<p class="empty">
        This domain has no snapshot. Make one with
        <code>snapledger snapshot-create-as ${this.name} NAME</code>; it is drawn here at once.
      </p>`;
    }
    const chosen = this.query.get("snapshot") ?? tree.current ?? tree.nodes[0].name;
    return html`
      <div class="split">
        <snapshot-tree
          .label=${`Snapshots of ${this.name}`}
          .tree=${tree}
          .chosen=${chosen}
          @chosen=${(e) => go(withQuery({ snapshot: e.detail }), { replace: true })}
        ></snapshot-tree>
        <snapshot-card .domain=${this.name} .name=${chosen}></snapshot-card>
      </div>
    `;
  }
}

function about(domain) {
  return html`
    <p class="summary">
      on <strong>${domain.host}</strong> ${badge(domain.state ?? "unknown", domain.state ?? "not seen yet")}
      <span>${bytes(domain.memoryBytes)} memory</span>
      <span>${count(domain.disks.length, "disk")}</span>
      <span>${count(domain.snapshots, "snapshot")}</span>
    </p>
  `;
}

customElements.define("domain-view", DomainView);
