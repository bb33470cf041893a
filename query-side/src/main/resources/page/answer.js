// An answer of the API that a view shows, and that stays true: it is asked for again when the question changes, and when
// the service tells of a change that concerns it.

import { Problem, ask } from "./api.js";
import { live } from "./live.js";

const BREATH = 250;

/** A controller of Lit: the host is drawn again whenever the answer, the problem or the waiting changes. */
export class Answer {
  value = null;
  problem = null;
  /** The question that `value` answers, which may be an older one while the next is on its way. */
  answers = null;
  #host;
  #question;
  #concerns;
  #load;
  #asked = null;
  #abort = null;
  #later = 0;

  /**
   * @param host the element that shows it
   * @param {() => string | null} question the path of the question; null while there is none
   * @param concerns whether a change may have changed the answer
   * @param load what puts the question; one that reads several pages tells of each as it comes
   */
  constructor(host, question, { concerns = () => true, load = (path, options) => ask(path, options) } = {}) {
    this.#host = host;
    this.#question = question;
    this.#concerns = concerns;
    this.#load = load;
    host.addController(this);
  }

  get isLoading() {
    return this.#abort !== null;
  }

  /** Whether what is shown answers what is asked now. */
  get isCurrent() {
    return this.answers !== null && this.answers === this.#asked;
  }

  hostConnected() {
    live.addEventListener("change", this.#changed);
  }

  hostDisconnected() {
    live.removeEventListener("change", this.#changed);
    clearTimeout(this.#later);
    this.#later = 0;
    this.#abort?.abort();
    this.#abort = null;
    this.#asked = null;
  }

  hostUpdate() {
    const question = this.#question();
    if (question !== this.#asked) {
      this.#asked = question;
      this.#abort?.abort();
      this.#abort = null;
      this.problem = null;
      if (question === null) {
        this.value = null;
        this.answers = null;
      } else {
        this.#put(question);
      }
    }
  }

  /** Asks once more, after the one that is on its way. Many changes at once are one reason to ask. */
  again() {
    this.#later ||= setTimeout(() => {
      this.#later = 0;
      if (this.#abort) {
        this.again();
      } else if (this.#asked !== null) {
        this.#put(this.#asked);
      }
    }, BREATH);
  }

  #changed = (change) => {
    if (this.#asked !== null && this.#concerns(change)) {
      this.again();
    }
  };

  async #put(question) {
    const abort = new AbortController();
    this.#abort = abort;
    const shows = (value) => {
      if (!abort.signal.aborted) {
        this.value = value;
        this.answers = question;
        this.problem = null;
        this.#host.requestUpdate();
      }
    };
    try {
      shows(await this.#load(question, { signal: abort.signal, shows }));
    } catch (error) {
      if (abort.signal.aborted) {
        return;
      }
      if (!(error instanceof Problem)) {
        throw error;
      }
      this.problem = error;
    } finally {
      if (this.#abort === abort) {
        this.#abort = null;
        this.#host.requestUpdate();
      }
    }
  }
}
