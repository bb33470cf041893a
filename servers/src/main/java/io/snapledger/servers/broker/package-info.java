/**
 * The program that runs as the broker's process. It alone may use the jars of the broker; nothing else refers to it but
 * by name.
 */
@NullMarked
package io.snapledger.servers.broker;

import org.jspecify.annotations.NullMarked;
