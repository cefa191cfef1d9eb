package io.pharos.tsdb;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.storage.StorageContract;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.io.TempDir;

class TsdbContractTest extends StorageContract {
  @TempDir Path directory;

  @Override
  protected Store open() throws Exception {
    Tsdb tsdb =
        Tsdb.open(
            directory,
            TsdbOptions.defaults(),
            InstantSource.fixed(Instant.ofEpochMilli(NOW)),
            new SimpleMeterRegistry());
    return new Store(tsdb, tsdb, tsdb);
  }
}
