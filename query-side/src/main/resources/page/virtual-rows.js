// Of thousands of rows of one height only those in sight are in the document.

import "./process.js";
import { Virtualizer, elementScroll, observeElementOffset, observeElementRect } from "@tanstack/virtual-core";

const OVERSCAN = 12;

/** A controller of Lit around TanStack's core. */
export class VirtualRows {
  #host;
  #virtualizer;
  #options;
  #unmount = () => {};

  /**
   * @param host the element that draws the rows
   * @param scroller finds what scrolls, once the host is drawn
   * @param {() => number} height of each row, in pixels
   * @param {() => number} kept the row that stays in the document wherever one scrolls; -1 for none
   */
  constructor(host, { scroller, height, kept = () => -1 }) {
    this.#host = host;
    this.#options = { scroller, height, kept };
    this.#virtualizer = new Virtualizer(this.#settings(0));
    host.addController(this);
  }

  hostConnected() {
    this.#unmount = this.#virtualizer._didMount();
  }

  hostDisconnected() {
    this.#unmount();
  }

  hostUpdated() {
    this.#virtualizer._willUpdate();
  }

  /** The rows to draw of so many: `index`, and where it `start`s. */
  of(count) {
    this.#virtualizer.setOptions(this.#settings(count));
    return this.#virtualizer.getVirtualItems();
  }

  /** How high all rows are together. */
  get height() {
    return this.#virtualizer.getTotalSize();
  }

  /** How many rows are in sight. */
  get page() {
    const seen = this.#virtualizer.scrollRect?.height ?? 0;
    return Math.max(1, Math.floor(seen / this.#options.height()) - 1);
  }

  show(index) {
    this.#virtualizer.scrollToIndex(index, { align: "auto" });
  }

  /** After the height of the rows changed. */
  measure() {
    this.#virtualizer.measure();
  }

  #settings(count) {
    const { scroller, height, kept } = this.#options;
    return {
      count,
      getScrollElement: scroller,
      estimateSize: height,
      overscan: OVERSCAN,
      scrollToFn: elementScroll,
      observeElementRect,
      observeElementOffset,
      rangeExtractor: (range) => withKept(range, kept()),
      onChange: () => this.#host.updateComplete.then(() => this.#host.requestUpdate()),
    };
  }
}

function withKept({ startIndex, endIndex, overscan, count }, kept) {
  const from = Math.max(0, startIndex - overscan);
  const to = Math.min(count - 1, endIndex + overscan);
  const indexes = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  if (kept >= 0 && kept < count && (kept < from || kept > to)) {
    indexes.push(kept);
    indexes.sort((a, b) => a - b);
  }
  return indexes;
}

const narrow = matchMedia("(max-width: 48rem)");

/** Rows are higher where there is no room for one line, and where fingers are what points. */
export function rowHeight(wide, slim) {
  return narrow.matches ? slim : wide;
}
