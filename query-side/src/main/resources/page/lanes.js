// Where each snapshot of a tree is drawn: rows from the roots down, and lanes from the left.
//
// The line to the current snapshot keeps to the first lane; elsewhere the child with the most below it keeps to the lane of
// its parent, and comes last, while each other child opens the next lane. So a lane is left at most log2(n) times on the
// way from a root, plus once, and to the left of a snapshot every lane goes through: a row needs no more than its number.

/**
 * @typedef {object} Row
 * @property {object} node as the API tells it
 * @property {number} lane 0 is the leftmost
 * @property {boolean} straight whether it keeps to the lane of its parent
 * @property {boolean} root
 * @property {number} children how many it has
 * @property {number} below how many lie below it, which are hidden when it is `closed`
 * @property {boolean} closed
 * @property {boolean} live whether it is on the line to the current snapshot
 * @property {boolean} passed whether that line goes on below this row in the first lane
 * @property {number} place among its siblings, from 1
 * @property {number} siblings with itself
 * @property {number} level from 1
 */

/**
 * @param nodes a tree, flat: each after its parent
 * @param {Set<string>} closed names of snapshots of which nothing below is to be drawn
 * @returns {Row[]}
 */
export function rows(nodes, current, closed = new Set()) {
  const tree = grown(nodes, current);
  const drawn = [];
  const next = [];
  pushAll(next, tree.roots, -1);
  while (next.length > 0) {
    const row = next.pop();
    const branch = tree.byName.get(row.node.name);
    row.closed = branch.children.length > 0 && closed.has(row.node.name);
    drawn.push(row);
    if (!row.closed) {
      pushAll(next, branch.children, row.lane, row.level);
    }
  }
  const end = drawn.findLastIndex((row) => row.live);
  for (let i = end - 1; i >= 0 && !(drawn[i + 1].live && drawn[i + 1].root); i--) {
    drawn[i].passed = true;
  }
  return drawn;
}

/** Onto a stack, so that the first is taken first. */
function pushAll(stack, children, lane, level = 0) {
  for (let i = children.length - 1; i >= 0; i--) {
    const { node, below, live, children: own } = children[i];
    const root = level === 0;
    const straight = !root && i === children.length - 1;
    stack.push({
      node,
      lane: root ? 0 : straight ? lane : lane + 1,
      straight,
      root,
      children: own.length,
      below,
      closed: false,
      live,
      passed: false,
      place: i + 1,
      siblings: children.length,
      level: level + 1,
    });
  }
}

function grown(nodes, current) {
  const byName = new Map(nodes.map((node) => [node.name, { node, children: [], below: 0, live: false }]));
  const roots = [];
  for (const branch of byName.values()) {
    (byName.get(branch.node.parent)?.children ?? roots).push(branch);
  }
  for (const branch of [...byName.values()].reverse()) {
    const parent = byName.get(branch.node.parent);
    if (parent) {
      parent.below += branch.below + 1;
    }
  }
  for (let name = current; byName.has(name); name = byName.get(name).node.parent) {
    byName.get(name).live = true;
  }
  for (const { children } of byName.values()) {
    straightLast(children);
  }
  roots.sort(older);
  return { byName, roots };
}

function straightLast(children) {
  if (children.length > 1) {
    const straight = children.reduce((a, b) => (a.live || (!b.live && a.below >= b.below) ? a : b));
    children.sort((a, b) => (a === straight) - (b === straight) || older(a, b));
  }
}

function older(a, b) {
  return a.node.createdAt < b.node.createdAt ? -1 : a.node.createdAt > b.node.createdAt ? 1 : 0;
}
