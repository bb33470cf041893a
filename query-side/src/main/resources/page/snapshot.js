// What is known of one snapshot.

import { Answer } from "./answer.js";
import { path, Problem, request } from "./api.js";
import { download } from "./download.js";
import { href } from "./route.js";
import { badge, html, moment, nothing, problemNote, View } from "./view.js";
import { bytes, captured, count, located, spaced, when } from "./words.js";

const XML = "application/xml";

class SnapshotCard extends View {
  static properties = {
    domain: {},
    name: {},
    asOf: { attribute: false },
    document: { state: true },
    refused: { state: true },
  };

  #snapshot = new Answer(this, () => path(["domains", this.domain, "snapshots", this.name], this.asOf), {
    concerns: () => this.#isNow,
  });
  #made = new Answer(
    this,
    () => path(["audit"], { domain: this.domain, snapshot: this.name, type: "SnapshotCreated", limit: 1 }),
    { concerns: () => false },
  );

  constructor() {
    super();
    this.document = null;
    this.refused = null;
  }

  get #isNow() {
    return Object.keys(this.asOf).length === 0;
  }

  willUpdate(changed) {
    if (changed.has("name") || changed.has("domain")) {
      this.document = null;
      this.refused = null;
    }
  }

  render() {
    const snapshot = this.#snapshot.problem ? null : this.#snapshot.value;
    return html`
      <section class="card ${this.#snapshot.isCurrent ? "" : "older"}" tabindex="0" aria-labelledby="snapshot-name">
        <h2 id="snapshot-name">${snapshot?.name ?? this.name}</h2>
        ${problemNote(this.#snapshot.problem ?? this.refused)} ${snapshot ? this.#facts(snapshot) : nothing}
      </section>
      ${this.document === null ? nothing : this.#shownDocument()}
    `;
  }

  #facts(snapshot) {
    return html`
      <p class="badges">
        ${snapshot.current ? badge("current", "current") : nothing} ${badge(snapshot.location, located(snapshot.location))}
        ${badge(snapshot.state, captured(snapshot.state))}
        ${snapshot.consumed ? badge("drift", "consumed by a commit") : nothing}
      </p>
      ${snapshot.description ? html`<p class="description">${snapshot.description}</p>` : nothing}
      <dl>
        <dt>Made</dt>
        <dd>${moment(snapshot.createdAt, when)}</dd>
        <dt>By</dt>
        <dd>${this.#maker(snapshot)}</dd>
        <dt>Parent</dt>
        <dd>${snapshot.parent ? this.#link(snapshot.parent) : html`<span class="none">none, it is a root</span>`}</dd>
        <dt>Below</dt>
        <dd>${count(snapshot.children, "child", "children")}, ${count(snapshot.descendants, "descendant")}</dd>
        <dt>Memory</dt>
        <dd>
          ${snapshot.memory.snapshot}
          ${snapshot.memory.file ? html`<code>${snapshot.memory.file}</code>` : nothing}
          ${snapshot.size ? html`<span>${bytes(snapshot.size)}</span>` : nothing}
        </dd>
      </dl>
      <h3>Disks</h3>
      <ul class="disks">
        ${snapshot.disks.map((disk) => diskItem(disk))}
      </ul>
      <p class="buttons">
        <button type="button" class="quiet" @click=${this.#read}>Show XML</button>
        <a href=${href(["domains", this.domain, "audit"], { snapshot: this.name })}>Its audit</a>
      </p>
    `;
  }

  #link(name) {
    return html`<a href=${href(["domains", this.domain], { snapshot: name, at: this.asOf.atSequence })}>${name}</a>`;
  }

  #maker(snapshot) {
    const line = this.#made.isCurrent ? this.#made.value.items[0] : undefined;
    const actor = snapshot.actor ?? line?.actor;
    return html`${actor ?? html`<span class="none">not told</span>`}
    ${line?.operation ? html`<a href=${href(["operations", line.operation])}>operation</a>` : nothing}`;
  }

  #read = async () => {
    this.refused = null;
    try {
      const question = path(["domains", this.domain, "snapshots", this.name, "xml"], this.asOf);
      this.document = await (await request(question, { accept: XML })).text();
    } catch (error) {
      if (!(error instanceof Problem)) {
        throw error;
      }
      this.refused = error;
    }
  };

  #shownDocument() {
    return html`
      <dialog aria-labelledby="document-title" @close=${() => (this.document = null)}>
        <article>
          <h2 id="document-title">${this.name}.xml</h2>
          <pre tabindex="0" aria-labelledby="document-title" role="region"><code>${this.document}</code></pre>
          <footer>
            <button type="button" class="secondary" @click=${() => download(`${this.name}.xml`, XML, [this.document])}>
              Download
            </button>
            <button type="button" @click=${(e) => e.target.closest("dialog").close()}>Close</button>
          </footer>
        </article>
      </dialog>
    `;
  }

  updated(changed) {
    if (changed.has("document") && this.document !== null) {
      this.querySelector("dialog").showModal();
    }
  }
}

function diskItem(disk) {
  return html`<li>
    <strong>${disk.target}</strong> ${badge(disk.snapshot, spaced(disk.snapshot))}
    ${disk.base
      ? html`<span class="none">state in</span> <code>${disk.base}</code>, <span class="none">then written to</span>`
      : nothing}
    ${disk.file ? html`<code>${disk.file}</code>` : nothing}
  </li>`;
}

customElements.define("snapshot-card", SnapshotCard);
