// The files of a domain: each disk's layers, from the one that the guest writes down to the base, and saved memories.

import { Answer } from "./answer.js";
import { path } from "./api.js";
import { href } from "./route.js";
import { badge, html, nothing, problemNote, View } from "./view.js";
import { bytes, count, spaced } from "./words.js";

class DomainFiles extends View {
  static properties = { domain: {}, asOf: { attribute: false } };

  #files = new Answer(this, () => path(["domains", this.domain, "layers"], this.asOf), {
    concerns: () => Object.keys(this.asOf).length === 0,
  });

  render() {
    const files = this.#files.value;
    return html`${problemNote(this.#files.problem)}${files ? this.#all(files) : nothing}`;
  }

  #all({ layers, memories }) {
    const sized = [...layers, ...memories].some((file) => typeof file.size === "number");
    const byDisk = Map.groupBy(layers, (layer) => layer.target);
    return html`
      <div class="table" tabindex="0" role="region" aria-label="The files">
        <table>
          <caption>
            ${count(layers.length, "layer")} on ${count(byDisk.size, "disk")}, ${count(memories.length, "saved memory", "saved memories")}
          </caption>
          <thead>
            <tr>
              <th scope="col">File</th>
              <th scope="col">Kind</th>
              <th scope="col">Lies on</th>
              <th scope="col">State of</th>
              ${sized ? html`<th scope="col" class="digits">Size</th>` : nothing}
            </tr>
          </thead>
          ${[...byDisk].map(([target, ofDisk]) => this.#disk(target, ofDisk, sized))}
          ${memories.length > 0 ? this.#memories(memories, sized) : nothing}
        </table>
      </div>
    `;
  }

  #disk(target, layers, sized) {
    return html`
      <tbody>
        <tr class="group">
          <th scope="rowgroup" colspan="5">Disk ${target}</th>
        </tr>
        ${topDown(layers).map(
          ({ layer, depth }) => html`
            <tr>
              <th scope="row">
                <span class="depth" aria-hidden="true">${"· ".repeat(Math.min(depth, 12))}</span
                ><code>${layer.path}</code>
                ${layer.active ? badge("current", "written by the guest") : nothing}
              </th>
              <td>${layer.format} <span class="none">${spaced(layer.origin)}</span></td>
              <td>${layer.backing ? html`<code>${layer.backing}</code>` : html`<span class="none">nothing</span>`}</td>
              <td>${this.#snapshots(layer.snapshots)}</td>
              ${sized ? html`<td class="digits">${size(layer.size)}</td>` : nothing}
            </tr>
          `,
        )}
      </tbody>
    `;
  }

  #memories(memories, sized) {
    return html`
      <tbody>
        <tr class="group">
          <th scope="rowgroup" colspan="5">Saved memories</th>
        </tr>
        ${memories.map(
          (memory) => html`
            <tr>
              <th scope="row"><code>${memory.path}</code></th>
              <td>memory, ${memory.mode}</td>
              <td></td>
              <td>${this.#snapshots([memory.snapshot])}</td>
              ${sized ? html`<td class="digits">${size(memory.size)}</td>` : nothing}
            </tr>
          `,
        )}
      </tbody>
    `;
  }

  #snapshots(names) {
    return names.map(
      (name) => html`<a href=${href(["domains", this.domain], { snapshot: name, at: this.asOf.atSequence })}>${name}</a> `,
    );
  }
}

function size(count) {
  return count === null || count === undefined ? html`<span class="none">not told</span>` : bytes(count);
}

/** Each layer after what lies on it, the one that is written first. */
function topDown(layers) {
  const byPath = new Map(layers.map((layer) => [layer.path, layer]));
  const under = new Set(layers.map((layer) => layer.backing));
  const tops = layers.filter((layer) => !under.has(layer.path)).sort((a, b) => b.active - a.active);
  const seen = new Set();
  const ordered = [];
  for (const top of tops) {
    let depth = 0;
    for (let layer = top; layer && !seen.has(layer.path); layer = byPath.get(layer.backing)) {
      seen.add(layer.path);
      ordered.push({ layer, depth: depth++ });
    }
  }
  return ordered;
}

customElements.define("domain-files", DomainFiles);
