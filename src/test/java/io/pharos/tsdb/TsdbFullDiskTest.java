package io.pharos.tsdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.model.Labels;
import io.pharos.storage.Appender;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A process with a limit on the size of files: a write to the log fails in the middle.
class TsdbFullDiskTest {
  private static final long T0 = TestStore.T0;
  private static final int SERIES = 500;
  private static final InstantSource CLOCK = InstantSource.fixed(Instant.ofEpochMilli(T0));

  @TempDir Path directory;

  /// Commits until one fails, then once more; prints the numbers of the commits that returned.
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) throws Exception {
      try (Tsdb tsdb =
          Tsdb.open(
              Path.of(arguments[0]), TsdbOptions.defaults(), CLOCK, new SimpleMeterRegistry())) {
        int commit = 0;
        while (committed(tsdb, commit)) {
          commit++;
        }
        System.out.println("failed " + commit + " visible " + visible(tsdb));
        System.out.println("after " + committed(tsdb, commit + 1) + " visible " + visible(tsdb));
      }
    }

    private static boolean committed(Tsdb tsdb, int commit) {
      try (Appender appender = tsdb.appender()) {
        for (int s = 0; s < SERIES; s++) {
          appender.append(Labels.of("__name__", "full", "s", "" + s), T0 + commit, s * 0.1);
        }
        appender.commit();
        return true;
      } catch (UncheckedIOException _) {
        return false;
      }
    }
  }

  private static int visible(Tsdb tsdb) {
    SeriesSet set = tsdb.select(List.of(), T0, Long.MAX_VALUE);
    var window = new SampleWindow();
    for (int i = 0; i < set.size(); i++) {
      set.read(i, T0, Long.MAX_VALUE, window);
    }
    return window.size();
  }

  @Test
  @Timeout(value = 60, unit = TimeUnit.SECONDS)
  void commit_writtenInPart_isNeitherVisibleNorReadBack() throws Exception {
    Process process =
        new ProcessBuilder(
                "/bin/sh",
                "-c",
                "ulimit -f 128; exec \"$@\"",
                "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:-UsePerfData",
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                directory.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    List<String> lines =
        process.inputReader().lines().filter(line -> line.matches("(failed|after) .*")).toList();
    assertThat(process.waitFor()).isZero();
    int commits = Integer.parseInt(lines.getFirst().split(" ")[1]);
    assertThat(commits).isPositive();
    assertThat(lines)
        .containsExactly(
            "failed " + commits + " visible " + commits * SERIES,
            "after true visible " + (commits + 1) * SERIES);

    var registry = new SimpleMeterRegistry();
    try (Tsdb tsdb = Tsdb.open(directory, TsdbOptions.defaults(), CLOCK, registry)) {
      assertThat(visible(tsdb)).isEqualTo((commits + 1) * SERIES);
    }
    assertThat(registry.get("pharos_tsdb_wal_torn_tails_total").counter().count()).isZero();
    assertThat(registry.get("prometheus_tsdb_wal_corruptions_total").counter().count()).isZero();
  }
}
