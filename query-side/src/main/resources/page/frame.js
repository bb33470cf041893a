// The frame around every view: where one is, where one can go, and how fresh what is shown is.

import { html, nothing, View } from "./view.js";
import { here, href } from "./route.js";
import { live } from "./live.js";
import "./token-dialog.js";
import "./fleet.js";
import "./domain.js";

const PLACES = [
  ["Domains", [], ["", "domains"]],
];

const FRESHNESS = {
  connecting: "connecting",
  streaming: "live",
  polling: "refreshed every 3 s",
  lost: "connection lost, trying again",
};

class SnapledgerPage extends View {
  #redraw = () => this.requestUpdate();
  #path = "";

  connectedCallback() {
    super.connectedCallback();
    addEventListener("hashchange", this.#redraw);
    live.addEventListener("state", this.#redraw);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    removeEventListener("hashchange", this.#redraw);
    live.removeEventListener("state", this.#redraw);
  }

  render() {
    const { path, query } = here();
    return html`
      <a class="skip" href="#main" @click=${this.#skip}>Skip to the content</a>
      <header class="frame">
        <a class="brand" href="#/"><span aria-hidden="true">⎇</span> Snapledger</a>
        <nav aria-label="Views">${PLACES.map((place) => this.#place(place, path[0] ?? ""))}</nav>
        <span class="freshness ${live.state}" role="status">${FRESHNESS[live.state]}</span>
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

  /** A view that is gone to begins at its top, and tells its name. */
  updated() {
    const path = here().path.join("/");
    document.title = path === "" ? "Snapledger" : `${here().path.at(-1)} · Snapledger`;
    if (path !== this.#path) {
      this.#path = path;
      scrollTo(0, 0);
    }
  }
}

function view([place, name, part = ""], query) {
  if (place === undefined || (place === "domains" && !name)) {
    return html`<fleet-view .query=${query}></fleet-view>`;
  }
  if (place === "domains") {
    return html`<domain-view .name=${name} .part=${part} .query=${query}></domain-view>`;
  }
  return html`<h1>No such view</h1>
    <p>Nothing is shown at <code>${location.hash}</code>; <a href="#/">go to the domains</a>.</p>`;
}

customElements.define("snapledger-page", SnapledgerPage);
