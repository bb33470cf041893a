package io.snapledger.servers.testing;

import io.snapledger.servers.Broker;
import io.snapledger.servers.Postgres;

/** Where the servers of the tests come from. Shared ones end with this JVM, however it ends; the others by their test. */
sealed interface ServerSource permits EmbeddedSource, ContainerSource {
    Postgres sharedPostgres();

    Broker sharedBroker();

    OwnPostgres ownPostgres();

    OwnBroker ownBroker();
}
