package io.pharos.state;

import java.io.IOException;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

@Tag("peer")
class PostgresNotifierStoreTest extends NotifierStoreContract {
  private static TestingPostgres postgres;

  @BeforeAll
  static void start() throws IOException {
    postgres = TestingPostgres.start();
  }

  @AfterAll
  static void stop() throws IOException {
    postgres.close();
  }

  @Override
  StoreConfig emptyDatabase() throws SQLException {
    return postgres.empty();
  }
}
