/** A small Linux with an agent and a writer in it, made of the packages of the Debian that the tests run on. */
package io.snapledger.executor.linux;
