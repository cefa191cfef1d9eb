package io.pharos.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.alerting.outbox.OutboxChange;
import io.pharos.alerting.pipeline.Integration;
import io.pharos.alerting.pipeline.NotificationLogEntry;
import io.pharos.trouble.StoreUnavailableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The log that stores the notifier's state without a database.
class EmbeddedNotifierStoreTest extends NotifierStoreContract {
  @TempDir Path folder;

  @Override
  StoreConfig emptyDatabase() {
    return new StoreConfig.Embedded(folder.resolve("own"));
  }

  /// Stores a decision and dies without shutdown, as by SIGKILL.
  static final class Victim {
    private Victim() {}

    public static void main(String[] arguments) {
      Store store = Store.open(new StoreConfig.Embedded(Path.of(arguments[0])));
      var key = new NotificationLogEntry.Key("g", new Integration.Id("r", "webhook", 0));
      store.notifier().outbox().apply(List.of(new OutboxChange.Decided(delivery("d1", key, 2))));
      Runtime.getRuntime().halt(137);
    }
  }

  @Test
  void outbox_processKilledRightAfterTheCommit_isThere() throws Exception {
    Path log = folder.resolve("victim.log");
    Process victim =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                Victim.class.getName(),
                folder.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertThat(victim.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(victim.exitValue()).as(Files.readString(log)).isEqualTo(137);
    try (Store store = Store.open(new StoreConfig.Embedded(folder))) {
      assertThat(store.notifier().outbox().pending()).hasSize(1);
    }
  }

  @Test
  void open_folderThatCantBeMade_saysWhat() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "");
    var config = new StoreConfig.Embedded(file.resolve("below"));
    assertThatThrownBy(() -> Store.open(config))
        .isInstanceOf(StoreUnavailableException.class)
        .hasMessageContaining("can't prepare the schema");
  }
}
