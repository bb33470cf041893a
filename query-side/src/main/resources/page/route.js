// What is shown, as the part of the address behind the #: "#/domains/web-1?snapshot=nightly". Every view can be linked to.

/** @returns {{ path: string[], query: URLSearchParams }} */
export function here() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  return { path: path.split("/").filter(Boolean).map(decoded), query: new URLSearchParams(query) };
}

/** The address of a view; parameters that are empty are left out. */
export function href(path, query = {}) {
  const wanted = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const search = new URLSearchParams(wanted).toString();
  return `#/${path.map(encodeURIComponent).join("/")}${search && `?${search}`}`;
}

/** Goes there; `replace` for what should not be a stop on the way back, such as each move along a tree. */
export function go(address, { replace = false } = {}) {
  if (replace) {
    history.replaceState(null, "", address);
    dispatchEvent(new HashChangeEvent("hashchange"));
  } else {
    location.hash = address;
  }
}

/** The same view with other parameters. */
export function withQuery(changes) {
  const { path, query } = here();
  return href(path, { ...Object.fromEntries(query), ...changes });
}

function decoded(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // A % that stands for itself, typed by hand.
  }
}
