// Questions to the query API. An answer that is none is thrown as a Problem: the problem details of RFC 9457.

import { token } from "./token.js";

const API = "/api/v1";

export class Problem extends Error {
  constructor({ title, detail, status }) {
    super(detail || title);
    this.title = title;
    this.status = status;
  }
}

/** The path of a question; every part of it is encoded. */
export function path(parts, query = {}) {
  const wanted = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const search = new URLSearchParams(wanted).toString();
  return `${API}/${parts.map(encodeURIComponent).join("/")}${search && `?${search}`}`;
}

/** The answer as JSON. */
export async function ask(question, options = {}) {
  return (await request(question, { accept: "application/json", ...options })).json();
}

/** The response itself. Where a token is wanted, a person is asked for it, and the question is put again. */
export async function request(question, { accept, signal, method = "GET", headers = {} } = {}) {
  const shown = token.value;
  const response = await reach(question, {
    method,
    signal,
    headers: { ...headers, Accept: accept, ...(shown && { Authorization: `Bearer ${shown}` }) },
  });
  if (response.status === 401 && (await token.wanted(shown))) {
    return request(question, { accept, signal, method, headers });
  }
  if (!response.ok) {
    throw new Problem(await details(response));
  }
  return response;
}

async function reach(question, options) {
  try {
    return await fetch(question, options);
  } catch (error) {
    if (error.name === "AbortError") {
      throw error;
    }
    throw new Problem({ title: "Out of reach", detail: "the query side does not answer; is it running?", status: 0 });
  }
}

async function details(response) {
  const problem = response.headers.get("Content-Type")?.includes("json") ? await response.json() : {};
  return { title: response.statusText || `HTTP ${response.status}`, detail: "", ...problem, status: response.status };
}
