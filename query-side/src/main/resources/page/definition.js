// What a domain was defined as, and what can still be taken back.

import { href } from "./route.js";
import { badge, html, moment, nothing, View } from "./view.js";
import { bytes, count, when } from "./words.js";

class DomainDefinition extends View {
  static properties = { domain: { attribute: false } };

  render() {
    const d = this.domain;
    return html`
      <div class="columns">
        <section class="card">
          <h2>Definition</h2>
          <dl>
            <dt>Id</dt>
            <dd><code>${d.id}</code></dd>
            <dt>Host</dt>
            <dd>${d.host}</dd>
            <dt>Memory</dt>
            <dd>${bytes(d.memoryBytes)}</dd>
            ${fact("Monitor", d.qmpSocket)} ${fact("Guest agent", d.guestAgentSocket)} ${fact("Started with", d.launch)}
            <dt>Current snapshot</dt>
            <dd>
              ${d.current
                ? html`<a href=${href(["domains", d.name], { snapshot: d.current })}>${d.current}</a>`
                : html`<span class="none">none</span>`}
            </dd>
            <dt>Events</dt>
            <dd>${count(d.sequence + 1, "event")} in its own stream</dd>
          </dl>
          <h3>Disks</h3>
          <ul class="disks">
            ${d.disks.map(
              (disk) =>
                html`<li>
                  <strong>${disk.target}</strong> ${disk.readOnly ? badge("none", "read only") : nothing}
                  ${disk.snapshot ? badge(disk.snapshot, disk.snapshot) : nothing}
                  <code>${disk.chain[0]?.file ?? ""}</code>
                  <span class="none">${count(disk.chain.length, "layer")}</span>
                </li>`,
            )}
          </ul>
        </section>
        <section class="card">
          <h2>Can be taken back</h2>
          ${d.pins.length === 0
            ? html`<p class="none">Nothing. A revert or a deletion that keeps what it replaced is shown here.</p>`
            : d.pins.map((pin) => pinned(d, pin))}
        </section>
      </div>
    `;
  }
}

function fact(name, value) {
  return value
    ? html`<dt>${name}</dt>
        <dd><code>${value}</code></dd>`
    : nothing;
}

function pinned(domain, pin) {
  return html`
    <dl>
      <dt>Operation</dt>
      <dd><a href=${href(["operations", pin.operation])}><code>${pin.operation}</code></a></dd>
      <dt>Until</dt>
      <dd>${moment(pin.until, when)}</dd>
      <dt>Would come back</dt>
      <dd>${pin.snapshots.join(", ") || html`<span class="none">the state before the revert</span>`}</dd>
      <dt>Keeps</dt>
      <dd>${pin.files.map((f) => html`<code>${f}</code> `)}</dd>
      <dt>With</dt>
      <dd><code>snapledger undo ${domain.name} ${pin.operation}</code></dd>
    </dl>
  `;
}

customElements.define("domain-definition", DomainDefinition);
