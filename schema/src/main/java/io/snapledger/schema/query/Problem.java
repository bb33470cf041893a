package io.snapledger.schema.query;

/**
 * Why the query API did not answer: the problem details of RFC 9457.
 *
 * @param type a URI reference that names the kind of problem
 * @param title the kind in words, the same each time
 * @param detail one sentence that names the value and says what would work
 * @param instance the path that was asked for
 */
public record Problem(String type, String title, int status, String detail, String instance) {}
