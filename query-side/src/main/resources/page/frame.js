// The frame around every view: where one is, where one can go, and how fresh what is shown is.

import { html, nothing, View } from "./view.js";
import { here, href } from "./route.js";
import { live } from "./live.js";
import { token } from "./token.js";
import "./token-dialog.js";
import "./fleet.js";
import "./domain.js";
import "./operations.js";
import "./audit.js";
import "./projections.js";

const PLACES = [
  ["Domains", [], ["", "domains"]],
  ["Operations", ["operations"], ["operations"]],
  ["Audit", ["audit"], ["audit"]],
  ["Projections", ["projections"], ["projections"]],
];

const FRESHNESS = {
  connecting: "connecting",
  streaming: "live",
  polling: "refreshed every 3 s",
  lost: "not connected, trying again",
  refused: "not permitted",
};

class SnapledgerPage extends View {
  #path = null;
  #redraw = () => this.requestUpdate();
  #system = matchMedia("(prefers-color-scheme: dark)");

  connectedCallback() {
    super.connectedCallback();
    addEventListener("hashchange", this.#redraw);
    live.addEventListener("state", this.#redraw);
    token.addEventListener("declined", this.#redraw);
    this.#system.addEventListener("change", this.#redraw);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    removeEventListener("hashchange", this.#redraw);
    live.removeEventListener("state", this.#redraw);
    token.removeEventListener("declined", this.#redraw);
    this.#system.removeEventListener("change", this.#redraw);
  }

  render() {
    const { path, query } = here();
    return html`
      <a class="skip" href="#main" @click=${this.#skip}>Skip to the content</a>
      <header class="frame">
        <a class="brand" href="#/">Snapledger</a>
        <nav aria-label="Views">${PLACES.map((place) => this.#place(place, path[0] ?? ""))}</nav>
        <span class="freshness ${live.state}" role="status">${FRESHNESS[live.state]}</span>
        ${token.value
          ? html`<button type="button" class="quiet" @click=${() => token.forget()}>Forget token</button>`
          : nothing}
        ${token.isDeclined
          ? html`<button type="button" class="quiet" @click=${() => location.reload()}>Show a token</button>`
          : nothing}
        <button type="button" class="quiet" @click=${this.#toggleTheme} aria-pressed=${String(snapledgerTheme.isDark)}>
          Dark
        </button>
      </header>
      <main id="main" tabindex="-1">${view(path, query)}</main>
      <token-dialog></token-dialog>
    `;
  }

  #place([name, path, heads], head) {
    return html`<a href=${href(path)} aria-current=${heads.includes(head) ? "page" : nothing}>${name}</a>`;
  }

  #skip = (event) => {
    event.preventDefault(); // The part behind the # says which view is shown.
    this.querySelector("#main").focus();
  };

  #toggleTheme = () => {
    snapledgerTheme.toggle();
    this.requestUpdate();
  };

  /** A view that is gone to begins at its top, and a screen reader goes on from there. */
  updated() {
    const { path } = here();
    const place = path.join("/");
    document.title = ["Snapledger", ...path.slice(place.startsWith("domains/") ? 1 : 0)].reverse().join(" · ");
    if (this.#path !== null && this.#path !== place) {
      const main = this.querySelector("#main");
      main.scrollTo(0, 0);
      main.focus({ preventScroll: true });
    }
    this.#path = place;
  }
}

function view(path, query) {
  const [place = "domains", name, part = ""] = path;
  if (place === "domains") {
    return name
      ? html`<domain-view .name=${name} .part=${part} .query=${query}></domain-view>`
      : html`<fleet-view .query=${query}></fleet-view>`;
  }
  if (place === "operations") {
    return name
      ? html`<operation-view .operation=${name}></operation-view>`
      : html`<operation-list .query=${query}></operation-list>`;
  }
  if (place === "audit") {
    return html`<audit-view .query=${query}></audit-view>`;
  }
  if (place === "projections") {
    return html`<projection-list></projection-list>`;
  }
  return html`<h1>No such view</h1>
    <p>Nothing is shown at <code>${location.hash}</code>; <a href="#/">go to the domains</a>.</p>`;
}

customElements.define("snapledger-page", SnapledgerPage);
