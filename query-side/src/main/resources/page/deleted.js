// The snapshots that a domain has no more: who deleted them, when and why.

import { Answer } from "./answer.js";
import { path } from "./api.js";
import { reading } from "./pages.js";
import { href } from "./route.js";
import { badge, html, moment, nothing, problemNote, View } from "./view.js";
import { captured, located, spaced, when } from "./words.js";

const PAGE = 100;

class DeletedSnapshots extends View {
  static properties = { domain: {} };

  #most = PAGE;
  #deleted = new Answer(this, () => path(["domains", this.domain, "deleted"], { limit: PAGE }), {
    load: reading(() => this.#most),
  });

  render() {
    const page = this.#deleted.value;
    return html`
      ${problemNote(this.#deleted.problem)}
      ${page
        ? page.items.length === 0
          ? html`<p class="empty">No snapshot of this domain was deleted.</p>`
          : this.#table(page)
        : nothing}
    `;
  }

  #table({ items, next }) {
    return html`
      <div class="table" tabindex="0" role="region" aria-label="The deleted snapshots">
        <table>
          <thead>
            <tr>
              <th scope="col">Snapshot</th>
              <th scope="col">Deleted</th>
              <th scope="col">By</th>
              <th scope="col">With</th>
              <th scope="col">Why</th>
              <th scope="col">Made</th>
              <th scope="col">It was</th>
            </tr>
          </thead>
          <tbody>
            ${items.map((snapshot) => deletedRow(snapshot))}
          </tbody>
        </table>
        ${next === null
          ? nothing
          : html`<button type="button" class="quiet more" @click=${this.#more}>Show older ones</button>`}
      </div>
    `;
  }

  #more = () => {
    this.#most += PAGE;
    this.#deleted.again();
  };
}

function deletedRow(snapshot) {
  const what = spaced(snapshot.command ?? snapshot.event ?? "");
  return html`
    <tr>
      <th scope="row">${snapshot.name}</th>
      <td>${moment(snapshot.deletedAt, when)}</td>
      <td>${snapshot.actor ?? html`<span class="none">not told</span>`}</td>
      <td>${snapshot.operation ? html`<a href=${href(["operations", snapshot.operation])}>${what}</a>` : what}</td>
      <td class="text">${snapshot.reason ?? ""}</td>
      <td>${moment(snapshot.createdAt, when)}</td>
      <td>${badge(snapshot.location, located(snapshot.location))} ${captured(snapshot.state)}</td>
    </tr>
  `;
}

customElements.define("deleted-snapshots", DeletedSnapshots);
