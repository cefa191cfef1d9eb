package io.pharos.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class H2NotifierStoreTest extends NotifierStoreContract {
  @TempDir Path folder;

  @Override
  StoreConfig emptyDatabase() {
    return new StoreConfig(
        "jdbc:h2:" + folder.resolve("own").resolve("pharos") + ";DB_CLOSE_ON_EXIT=FALSE",
        "pharos",
        "");
  }

  @Test
  void open_unknownDatabase_isRefusedWithWhatWasExpected() {
    var config = new StoreConfig("jdbc:mysql://db/x?password=hush", "u", "hush");
    assertThatThrownBy(() -> Store.open(config))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("jdbc:mysql://db/x")
        .hasMessageContaining("expected jdbc:h2")
        .hasMessageNotContaining("hush");
    assertThat(config.toString()).doesNotContain("hush");
  }

  @Test
  void open_folderThatCantBeMade_saysWhat() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThatThrownBy(() -> Store.open(StoreConfig.embedded(file.resolve("below"))))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("can't prepare the schema");
  }
}
