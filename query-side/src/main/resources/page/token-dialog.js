// Asks for the token when the API wants one.

import { html, View } from "./view.js";
import { token } from "./token.js";

class TokenDialog extends View {
  #open = () => {
    const dialog = this.querySelector("dialog");
    if (!dialog.open) {
      dialog.showModal();
    }
  };

  connectedCallback() {
    super.connectedCallback();
    token.addEventListener("wanted", this.#open);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    token.removeEventListener("wanted", this.#open);
  }

  firstUpdated() {
    if (token.isAskedFor) {
      this.#open();
    }
  }

  render() {
    return html`
      <dialog aria-labelledby="token-title" @cancel=${() => token.declined()}>
        <article>
          <h2 id="token-title">A token is wanted</h2>
          <p>The service answers those who show its token. It is kept in this tab only, until you close it.</p>
          <form method="dialog" @submit=${this.#given}>
            <label>Token <input type="password" name="token" required autocomplete="off" autofocus /></label>
            <footer>
              <button type="button" class="secondary" @click=${this.#declined}>Not now</button>
              <button type="submit">Go on</button>
            </footer>
          </form>
        </article>
      </dialog>
    `;
  }

  #given = (event) => {
    token.given(new FormData(event.target).get("token").trim());
    event.target.reset();
  };

  #declined = () => {
    this.querySelector("dialog").close();
    token.declined();
  };
}

customElements.define("token-dialog", TokenDialog);
