// The token that the API may want. It lives as long as the browser's tab, and is sent to this origin only.

const KEY = "snapledger.token";

class Token extends EventTarget {
  #asking = null;
  #isDeclined = false;

  get value() {
    return sessionStorage.getItem(KEY);
  }

  /**
   * The API refused the token that was shown. A person is asked, once for all questions that wait.
   *
   * @returns {Promise<boolean>} whether there is another one to try now
   */
  wanted(refused) {
    if (this.value !== refused || this.#isDeclined) {
      return Promise.resolve(this.value !== refused);
    }
    this.#asking ??= Promise.withResolvers();
    this.dispatchEvent(new Event("wanted"));
    return this.#asking.promise;
  }

  get isAskedFor() {
    return this.#asking !== null;
  }

  /** Whether a person said not to have one; nobody is asked again until told so. */
  get isDeclined() {
    return this.#isDeclined;
  }

  given(text) {
    sessionStorage.setItem(KEY, text);
    this.#answer(true);
  }

  declined() {
    this.#isDeclined = true;
    this.#answer(false);
    this.dispatchEvent(new Event("declined"));
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
