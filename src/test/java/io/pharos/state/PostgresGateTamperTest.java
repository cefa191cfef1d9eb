package io.pharos.state;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

@Tag("peer")
class PostgresGateTamperTest extends GateTamperContract {
  private static TestingPostgres postgres;
  private static Store store;

  @BeforeAll
  static void start() throws Exception {
    postgres = TestingPostgres.start();
    postgres.empty();
    store = Store.open(postgres.config());
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
  Connection raw() throws SQLException {
    return postgres.connect();
  }

  @Override
  List<String> withoutReferences() {
    return List.of("set session_replication_role = replica");
  }
}
