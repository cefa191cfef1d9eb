package io.pharos.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.cli.serve.ServeOptions;
import io.pharos.model.Labels;
import io.pharos.storage.Appender;
import io.pharos.tsdb.Tsdb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The store of samples that is opened before the registry of meters exists.
class EarlyStoreTest {
  private static final Labels UP = Labels.of(Labels.METRIC_NAME, "up", "job", "a");

  @TempDir Path folder;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private ServeOptions options;

  @BeforeEach
  void parse() {
    options = ServeOptions.parse(List.of("--storage.path=" + folder), Map.of(), false);
  }

  private static void append(Tsdb store, double value) {
    Appender appender = store.appender();
    var _ = appender.append(UP, Instant.now().toEpochMilli(), value);
    appender.commit();
  }

  private double counter(MeterRegistry registry, String name) {
    return registry.get(name).counters().stream().mapToDouble(it -> it.count()).sum();
  }

  private void writeASampleAndATornRecord() throws IOException {
    try (Tsdb store =
        StorageAssembly.EarlyStore.open(
            options, InstantSource.system(), new SimpleMeterRegistry())) {
      append(store, 1);
    }
    Files.write(
        folder.resolve("tsdb/wal/00000001.wal"), new byte[] {7, 7, 7}, StandardOpenOption.APPEND);
  }

  @Test
  void take_ofAFolderWithALog_givesTheStoreOnceAllOfItIsReadBack() throws IOException {
    writeASampleAndATornRecord();

    try (Tsdb store = StorageAssembly.EarlyStore.begin(options).await(meters)) {
      assertThat(store.seriesCount()).isEqualTo(1);
    }
  }

  @Test
  void meters_ofWhatTheOpeningFound_standInTheRegistryThatCameLater() throws IOException {
    writeASampleAndATornRecord();
    var service = new CompositeMeterRegistry();
    service.add(meters);

    try (Tsdb store = StorageAssembly.EarlyStore.begin(options).await(service)) {
      assertThat(counter(meters, "pharos_tsdb_wal_torn_tails_total")).isEqualTo(1);
      assertThat(counter(meters, "prometheus_tsdb_head_series_created_total")).isEqualTo(1);
      assertThat(meters.get("prometheus_tsdb_head_series").gauge().value()).isEqualTo(1);

      append(store, 2);
      assertThat(counter(meters, "prometheus_tsdb_head_samples_appended_total")).isEqualTo(1);
    }
    assertThat(meters.find("prometheus_tsdb_wal_storage_size_bytes").gauge()).isNull();
  }

  @Test
  void take_ofAFolderThatIsInUse_saysSo() throws IOException {
    try (Tsdb _ =
        StorageAssembly.EarlyStore.open(
            options, InstantSource.system(), new SimpleMeterRegistry())) {
      StorageAssembly.EarlyStore second = StorageAssembly.EarlyStore.begin(options);

      assertThatThrownBy(() -> second.await(meters)).isInstanceOf(Tsdb.InUseException.class);
    }
  }
}
