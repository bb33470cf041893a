// What changes, as the service tells it: a stream of server-sent events, or a look now and then where there is none.
// It is read with fetch and not with EventSource, since that cannot send a token.

import { Problem, path, request } from "./api.js";

const POLL = 3000;
const RETRY = { first: 500, longest: 15_000 };

/** What changed: a ChangeView of the API. Without a domain it may be anything. */
export class Change extends Event {
  constructor({ domain = null, position = null, operation = null, type = null } = {}) {
    super("change");
    Object.assign(this, { domain, position, operation, kind: type });
  }
}

/** How far the long step of an operation is: an OperationProgress of the API. It may never come. */
export class Progress extends Event {
  constructor(detail) {
    super("progress");
    this.detail = detail;
  }
}

class Live extends EventTarget {
  /** @type {"connecting" | "streaming" | "polling" | "lost" | "refused"} */
  state = "connecting";
  #last = null;

  async start() {
    let wait = RETRY.first;
    for (;;) {
      try {
        await this.#stream(() => (wait = RETRY.first));
      } catch (error) {
        if (error instanceof Problem && [404, 501].includes(error.status)) {
          this.#poll();
          return;
        }
        if (error instanceof Problem && [401, 403].includes(error.status)) {
          this.#is("refused");
          return;
        }
        if (!(error instanceof Problem) && !(error instanceof TypeError)) {
          throw error;
        }
      }
      this.#is("lost");
      await new Promise((resolve) => setTimeout(resolve, wait));
      wait = Math.min(wait * 2, RETRY.longest);
    }
  }

  async #stream(begun) {
    const headers = this.#last === null ? {} : { "Last-Event-ID": this.#last };
    const response = await request(path(["stream"]), { accept: "text/event-stream", headers });
    begun();
    const again = this.state === "lost";
    this.#is("streaming");
    if (again) {
      this.dispatchEvent(new Change());
    }
    for await (const { id, type, data } of events(response.body)) {
      this.#last = id ?? this.#last;
      if (data) {
        const detail = JSON.parse(data);
        this.dispatchEvent(type === "progress" ? new Progress(detail) : new Change(detail));
      }
    }
  }

  #poll() {
    this.#is("polling");
    setInterval(() => {
      if (document.visibilityState === "visible") {
        this.dispatchEvent(new Change());
      }
    }, POLL);
  }

  #is(state) {
    if (this.state !== state) {
      this.state = state;
      this.dispatchEvent(new Event("state"));
    }
  }
}

/** The events of a stream, as the standard of HTML says they are to be read. */
async function* events(body) {
  let id = null;
  let type = "";
  let data = [];
  for await (const line of lines(body)) {
    const [, field, value] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
    if (line === "") {
      yield { id, type, data: data.join("\n") };
      type = "";
      data = [];
    } else if (field === "id") {
      id = value ?? "";
    } else if (field === "event") {
      type = value ?? "";
    } else if (field === "data") {
      data.push(value ?? "");
    }
  }
}

async function* lines(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) {
      return;
    }
    const parts = (rest + value).split(/\r\n|\n|\r(?!$)/);
    rest = parts.pop();
    yield* parts;
  }
}

export const live = new Live();
