// The token that the API may want. It lives as long as the browser's tab, and is sent to this origin only.

const KEY = "snapledger.token";

class Token extends EventTarget {
  #asking = null;

  get value() {
    return sessionStorage.getItem(KEY);
  }

  /**
   * The API refused the token that was shown. A person is asked, once for all questions that wait.
   *
   * @returns {Promise<boolean>} whether there is another one to try now
   */
  wanted(refused) {
    if (this.value !== refused) {
      return Promise.resolve(true);
    }
    this.#asking ??= Promise.withResolvers();
    this.dispatchEvent(new Event("wanted"));
    return this.#asking.promise;
  }

  get isAskedFor() {
    return this.#asking !== null;
  }

  given(text) {
    sessionStorage.setItem(KEY, text);
    this.#answer(true);
  }

  refused() {
    this.#answer(false);
  }

  forget() {
    sessionStorage.removeItem(KEY);
    location.reload();
  }

  #answer(given) {
    this.#asking?.resolve(given);
    this.#asking = null;
  }
}

export const token = new Token();
