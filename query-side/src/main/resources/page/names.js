// The names of domains by their ids, for lists that know the ids only.

import { Answer } from "./answer.js";
import { path } from "./api.js";
import { reading } from "./pages.js";

const PAGE = 1000;
const MOST = 20_000;
const DEFINING = ["DomainDefined", "DomainUpdated", "DomainUndefined"];

/** A controller of Lit. */
export class Names {
  #domains;
  #read = null;
  #byId = new Map();

  /** @param {() => boolean} wanted whether the host needs any */
  constructor(host, wanted = () => true) {
    this.#domains = new Answer(host, () => (wanted() ? path(["domains"], { limit: PAGE }) : null), {
      concerns: (change) => change.kind !== null && DEFINING.includes(change.kind),
      load: reading(() => MOST),
    });
  }

  /** A domain that was undefined, or is not read yet, goes by the beginning of its id. */
  of(id) {
    if (this.#domains.value !== this.#read) {
      this.#read = this.#domains.value;
      this.#byId = new Map(this.#read?.items.map((domain) => [domain.id, domain.name]));
    }
    return this.#byId.get(id) ?? id.slice(0, 8);
  }
}
