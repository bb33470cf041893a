// Values as a person reads them.

const BYTES = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

export function bytes(count) {
  if (count === null || count === undefined) {
    return "";
  }
  const power = count < 1 ? 0 : Math.min(Math.floor(Math.log2(count) / 10), BYTES.length - 1);
  return `${number(count / 1024 ** power, power === 0 ? 0 : 1)} ${BYTES[power]}`;
}

export function number(value, digits = 0) {
  return new Intl.NumberFormat("en", { maximumFractionDigits: digits }).format(value);
}

export function count(value, one, many = `${one}s`) {
  return `${number(value)} ${value === 1 ? one : many}`;
}

export function millis(value) {
  if (value === null || value === undefined) {
    return "";
  }
  if (value < 1000) {
    return `${number(value)} ms`;
  }
  const seconds = value / 1000;
  return seconds < 60 ? `${number(seconds, 1)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

const WHEN = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium" });

/** In the reader's own time zone, and so that it sorts as it reads. */
export function when(instant) {
  return instant ? WHEN.format(new Date(instant)) : "";
}

/** "makeOverlay", "disk-snapshot" and "CreateSnapshot" as words. */
export function spaced(name) {
  return name
    .replace(/[-_]/g, " ")
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase();
}

const STATES = {
  running: "running, with memory",
  paused: "paused, with memory",
  crashed: "crashed, with memory",
  shutoff: "shut off",
  "disk-snapshot": "disk only",
};

/** What a guest was doing when its snapshot was taken. */
export function captured(state) {
  return STATES[state] ?? spaced(state);
}

const LOCATIONS = { internal: "internal", external: "external", mixed: "mixed", none: "no disks" };

export function located(location) {
  return LOCATIONS[location] ?? spaced(location);
}

/** The last part of a path. */
export function file(path) {
  return path?.slice(path.lastIndexOf("/") + 1) ?? "";
}
