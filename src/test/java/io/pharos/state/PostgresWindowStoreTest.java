package io.pharos.state;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

@Tag("peer")
class PostgresWindowStoreTest extends WindowStoreContract {
  private static TestingPostgres postgres;
  private static Store store;

  private static Store open() {
    return Store.open(postgres.config());
  }

  @BeforeAll
  static void start() throws Exception {
    postgres = TestingPostgres.start();
    postgres.empty();
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
}
