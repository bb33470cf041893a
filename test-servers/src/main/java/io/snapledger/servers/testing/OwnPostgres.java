package io.snapledger.servers.testing;

import io.snapledger.servers.Postgres;

/** A PostgreSQL of one test's own, with every write forced to the disk. */
public interface OwnPostgres extends Postgres, Stoppable {}
