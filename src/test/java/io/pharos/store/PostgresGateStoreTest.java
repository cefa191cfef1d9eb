package io.pharos.store;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class PostgresGateStoreTest extends GateStoreContract {
  private static EmbeddedPostgres postgres;
  private static Store store;

  private static Store open() {
    return Store.open(
        new StoreConfig(postgres.getJdbcUrl("postgres", "postgres"), "postgres", "postgres"));
  }

  @BeforeAll
  static void start() throws Exception {
    postgres = EmbeddedPostgres.start();
    store = open();
  }

  @AfterAll
  static void stop() throws Exception {
    store.close();
    postgres.close();
  }

  @Override
  Store store() {
    return store;
  }

  @Override
  Store closed() {
    Store other = open();
    other.close();
    return other;
  }
}
