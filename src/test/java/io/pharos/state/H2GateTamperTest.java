package io.pharos.state;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

class H2GateTamperTest extends GateTamperContract {
  @TempDir Path folder;
  private Store store;

  @Override
  Store store() {
    if (store == null) {
      store = Store.open(new StoreConfig.Embedded(folder));
    }
    return store;
  }

  @Override
  Connection raw() throws SQLException {
    return DriverManager.getConnection(
        "jdbc:h2:file:" + folder.resolve("pharos") + ";DB_CLOSE_ON_EXIT=FALSE", "pharos", "");
  }

  @Override
  List<String> withoutReferences() {
    return List.of("set referential_integrity false");
  }

  @AfterEach
  void close() {
    if (store != null) {
      store.close();
      store = null;
    }
  }
}
