package io.snapledger.servers.testing;

import io.snapledger.servers.Broker;

/** A Kafka of one test's own. */
public interface OwnBroker extends Broker, Stoppable {}
