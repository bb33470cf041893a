// A domain's snapshots drawn as a tree, after the tree pattern of the ARIA Authoring Practices: one stop for the Tab key,
// arrows inside. What is chosen is told with the event "chosen".

import { nothing, svg } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { styled } from "./styled.js";
import { badge, html, moment, View } from "./view.js";
import { rows } from "./lanes.js";
import { captured, count, located, when } from "./words.js";
import { rowHeight, VirtualRows } from "./virtual-rows.js";

const LANE = 18;
const FIRST = 14;
const TYPED = 700;

class SnapshotTree extends View {
  static properties = {
    label: {},
    tree: { attribute: false },
    chosen: {},
    marks: { attribute: false },
  };

  #rows = [];
  #places = new Map();
  #closed = new Set();
  #typed = "";
  #typedAt = 0;
  #shown = null;
  #virtual = new VirtualRows(this, {
    scroller: () => this.querySelector(".tree"),
    height: () => rowHeight(30, 54),
    kept: () => this.#at,
  });

  constructor() {
    super();
    /** What is being done to which snapshot, by its name. */
    this.marks = new Map();
  }

  get #at() {
    return this.#places.get(this.chosen) ?? -1;
  }

  willUpdate(changed) {
    if (changed.has("tree")) {
      this.#lay();
    }
    if (changed.has("chosen")) {
      this.#open(this.chosen);
    }
  }

  #lay() {
    this.#rows = rows(this.tree.nodes, this.tree.current, this.#closed);
    this.#places = new Map(this.#rows.map((row, i) => [row.node.name, i]));
  }

  /** What is chosen can be seen, whatever was closed above it. */
  #open(name) {
    const parents = new Map(this.tree.nodes.map((node) => [node.name, node.parent]));
    const above = [];
    for (let at = parents.get(name); at; at = parents.get(at)) {
      above.push(at);
    }
    if (above.some((at) => this.#closed.delete(at))) {
      above.forEach((at) => this.#closed.delete(at));
      this.#lay();
    }
  }

  render() {
    const at = this.#at;
    const drawn = this.#virtual.of(this.#rows.length);
    return html`
      <div
        class="tree"
        role="tree"
        tabindex="0"
        aria-label=${this.label}
        aria-activedescendant=${at >= 0 ? `snapshot-${at}` : nothing}
        @keydown=${this.#key}
        @click=${this.#click}
      >
        <div class="tree-rows" role="none" ${styled({ height: `${this.#virtual.height}px` })}>
          ${repeat(
            drawn,
            ({ index }) => this.#rows[index].node.name,
            ({ index, start, size }) => this.#row(this.#rows[index], index, start, size),
          )}
        </div>
      </div>
    `;
  }

  #row(row, index, start, size) {
    const { node } = row;
    const parents = row.children > 0;
    const mark = this.marks.get(node.name);
    return html`
      <div
        class="row"
        role="treeitem"
        id="snapshot-${index}"
        data-index=${index}
        aria-level=${row.level}
        aria-posinset=${row.place}
        aria-setsize=${row.siblings}
        aria-expanded=${parents ? String(!row.closed) : nothing}
        aria-selected=${String(node.name === this.chosen)}
        aria-current=${node.current ? "true" : nothing}
        ${styled({ transform: `translateY(${start}px)`, height: `${size}px` })}
      >
        ${lanes(row, size)}
        ${row.closed || row.children > 1
          ? html`<span class="twisty" aria-hidden="true">${row.closed ? "▸" : "▾"}</span>`
          : nothing}
        <span class="what">
          <span class="name">${node.name}</span>
          <span class="badges">
            ${node.current ? badge("current", "current") : nothing} ${mark ? badge("busy", mark) : nothing}
            ${row.closed ? badge("closed", `${count(row.below, "snapshot")} hidden`) : nothing}
            ${node.pending
              ? nothing
              : html`${badge(node.location, located(node.location))} ${badge(node.state, captured(node.state))}`}
          </span>
        </span>
        ${moment(node.createdAt, when)}
      </div>
    `;
  }

  /** The row of what is chosen comes into sight, once for each choice: one may scroll away from it. */
  updated() {
    const at = this.#at;
    if (this.chosen !== this.#shown && at >= 0) {
      this.#shown = this.chosen;
      this.#virtual.show(at);
    }
  }

  #choose(index) {
    const row = this.#rows[Math.max(0, Math.min(index, this.#rows.length - 1))];
    if (row) {
      this.dispatchEvent(new CustomEvent("chosen", { detail: row.node.name }));
    }
  }

  #fold(row, closed) {
    if (closed) {
      this.#closed.add(row.node.name);
    } else {
      this.#closed.delete(row.node.name);
    }
    this.#lay();
    this.requestUpdate();
  }

  #click(event) {
    const index = Number(event.target.closest("[role=treeitem]")?.dataset.index ?? -1);
    if (index < 0) {
      return;
    }
    if (event.target.closest(".twisty")) {
      this.#fold(this.#rows[index], !this.#rows[index].closed);
    }
    this.#choose(index);
  }

  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || this.#rows.length === 0) {
      return;
    }
    const at = this.#at;
    const row = this.#rows[at];
    const keys = {
      ArrowDown: () => this.#choose(at + 1),
      ArrowUp: () => this.#choose(at - 1),
      PageDown: () => this.#choose(at + this.#virtual.page),
      PageUp: () => this.#choose(at - this.#virtual.page),
      Home: () => this.#choose(0),
      End: () => this.#choose(this.#rows.length - 1),
      ArrowRight: () => (row?.closed ? this.#fold(row, false) : row?.children && this.#choose(at + 1)),
      ArrowLeft: () => (row?.children && !row.closed ? this.#fold(row, true) : this.#choose(this.#parent(row))),
      Enter: () => this.#choose(at),
      " ": () => this.#choose(at),
      "*": () => this.#openSiblings(row),
    };
    const typed = event.key.length === 1 && !(event.key in keys);
    if (typed) {
      this.#type(event.key);
    } else if (event.key in keys) {
      keys[event.key]();
    } else {
      return;
    }
    event.preventDefault();
  }

  #parent(row) {
    return this.#places.get(row?.node.parent) ?? this.#at;
  }

  #openSiblings(row) {
    const { nodes } = this.tree;
    nodes.filter((node) => node.parent === row?.node.parent).forEach((node) => this.#closed.delete(node.name));
    this.#lay();
    this.requestUpdate();
  }

  /** Goes to the next name that begins with what was typed without a pause. */
  #type(key) {
    const now = performance.now();
    this.#typed = now - this.#typedAt > TYPED ? key : this.#typed + key;
    this.#typedAt = now;
    const wanted = this.#typed.toLowerCase();
    const from = Math.max(0, this.#at) + (this.#typed.length === 1 ? 1 : 0);
    for (let i = 0; i < this.#rows.length; i++) {
      const index = (from + i) % this.#rows.length;
      if (this.#rows[index].node.name.toLowerCase().startsWith(wanted)) {
        this.#choose(index);
        return;
      }
    }
  }
}

/** The lines that go through a row, and its snapshot upon them. The badges say the same in words. */
function lanes(row, height) {
  const x = (lane) => FIRST + lane * LANE;
  const y = height / 2;
  const at = x(row.lane);
  const line = (d, strong) => svg`<path d=${d} class=${strong ? "line live" : "line"}></path>`;
  const parts = [];
  for (let lane = 0; lane < row.lane; lane++) {
    const through = lane === 0 && row.passed;
    parts.push(line(`M${x(lane)} 0V${height}`, through));
  }
  if (!row.root && row.straight) {
    parts.push(line(`M${at} 0V${y}`, row.live));
  }
  if (!row.root && !row.straight) {
    const from = x(row.lane - 1);
    parts.push(line(`M${from} 0C${from} ${y} ${from} ${y} ${at} ${y}`, row.live));
  }
  if (row.children > 0 && !row.closed) {
    parts.push(line(`M${at} ${y}V${height}`, row.live && row.passed));
  }
  return html`<svg class="lanes" aria-hidden="true" width=${at + 12} height=${height}>${parts}${dot(row.node, at, y)}</svg>`;
}

/** Round for what lies inside an image, square for what lies beside it; full when the memory is there too. */
function dot({ location, state, current, pending }, x, y) {
  const memory = state === "running" || state === "paused" || state === "crashed";
  const kind = `dot ${location} ${memory ? "memory" : ""} ${pending ? "pending" : ""}`;
  const ring = current ? svg`<circle class="ring" cx=${x} cy=${y} r="9"></circle>` : nothing;
  const turned = location === "mixed" ? `rotate(45 ${x} ${y})` : nothing;
  const shape =
    location === "external" || location === "mixed"
      ? svg`<rect class=${kind} x=${x - 4.5} y=${y - 4.5} width="9" height="9" rx="1" transform=${turned}></rect>`
      : svg`<circle class=${kind} cx=${x} cy=${y} r="5"></circle>`;
  return svg`${ring}${shape}`;
}

customElements.define("snapshot-tree", SnapshotTree);
