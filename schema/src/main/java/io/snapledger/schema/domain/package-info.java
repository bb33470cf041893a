/** Domains (virtual machines): their identities, the commands they take, the events that follow and the reasons for a refusal. */
@NullMarked
package io.snapledger.schema.domain;

import org.jspecify.annotations.NullMarked;
