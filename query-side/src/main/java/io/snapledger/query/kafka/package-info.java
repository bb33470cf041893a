/** What the query side hears on Kafka: how far long steps are. All else it reads from the log. */
@NullMarked
package io.snapledger.query.kafka;

import org.jspecify.annotations.NullMarked;
