package io.pharos.state;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

class H2WindowStoreTest extends WindowStoreContract {
  @TempDir Path folder;
  private Store store;

  @Override
  Store store() {
    if (store == null) {
      store = Store.open(new StoreConfig.Embedded(folder));
    }
    return store;
  }

  @AfterEach
  void close() {
    if (store != null) {
      store.close();
    }
  }
}
