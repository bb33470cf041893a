// What is known of one snapshot.

import { Answer } from "./answer.js";
import { path } from "./api.js";
import { badge, html, moment, nothing, problemNote, View } from "./view.js";
import { captured, count, located, when } from "./words.js";

class SnapshotCard extends View {
  static properties = { domain: {}, name: {} };

  #snapshot = new Answer(this, () => path(["domains", this.domain, "snapshots", this.name]));

  render() {
    const snapshot = this.#snapshot.value;
    return html`
      <section class="card" aria-label="The chosen snapshot">
        <h2>${this.name}</h2>
        ${problemNote(this.#snapshot.problem)} ${snapshot ? this.#facts(snapshot) : nothing}
      </section>
    `;
  }

  #facts(snapshot) {
    return html`
      <p class="badges">
        ${snapshot.current ? badge("current", "current") : nothing} ${badge(snapshot.location, located(snapshot.location))}
        ${badge(snapshot.state, captured(snapshot.state))} ${snapshot.consumed ? badge("drift", "consumed") : nothing}
      </p>
      ${snapshot.description ? html`<p class="description">${snapshot.description}</p>` : nothing}
      <dl>
        <dt>Made</dt>
        <dd>${moment(snapshot.createdAt, when)}</dd>
        <dt>Parent</dt>
        <dd>${snapshot.parent ?? html`<span class="none">none, it is a root</span>`}</dd>
        <dt>Below</dt>
        <dd>${count(snapshot.children, "child", "children")}, ${count(snapshot.descendants, "descendant")}</dd>
        <dt>Memory</dt>
        <dd>${snapshot.memory.snapshot}${snapshot.memory.file ? html` <code>${snapshot.memory.file}</code>` : nothing}</dd>
      </dl>
      <h3>Disks</h3>
      <ul class="disks">
        ${snapshot.disks.map(
          (disk) =>
            html`<li>
              <strong>${disk.target}</strong> ${badge(disk.snapshot, disk.snapshot)}
              ${disk.file ? html`<code>${disk.file}</code>` : nothing}
              ${disk.base ? html`<span class="none">state in</span> <code>${disk.base}</code>` : nothing}
            </li>`,
        )}
      </ul>
    `;
  }
}

customElements.define("snapshot-card", SnapshotCard);
