package io.pharos.tsdb;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import io.pharos.storage.Appender;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import io.pharos.storage.TestHistograms;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Kills a process while it appends: all acknowledged samples must exist.
@Tag("slow")
class TsdbKillTest {
  private static final long T0 = TestStore.T0;
  private static final int SERIES = 50;
  private static final Labels LATE = Labels.of("__name__", "late");

  @TempDir Path directory;

  /* Commits in progress at a kill: they were not acknowledged. */
  private final Set<Integer> unacknowledged = new HashSet<>();

  /// The process to kill: commits endlessly and prints the number of each commit after it returned.
  /// It compacts every 200 commits.
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) throws Exception {
      var out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
      int first = Integer.parseInt(arguments[1]);
      var now = new long[] {T0};
      InstantSource clock = () -> Instant.ofEpochMilli(now[0]);
      Tsdb tsdb =
          Tsdb.open(
              Path.of(arguments[0]),
              TsdbOptions.defaults().with(draft -> draft.walSegmentBytes = 64 << 10),
              clock,
              new SimpleMeterRegistry());
      tsdb.outOfOrderWindow(Duration.ofHours(12));
      for (int commit = first; ; commit++) {
        now[0] = time(commit);
        try (Appender appender = tsdb.appender()) {
          for (int s = 0; s < SERIES; s++) {
            if (s % 2 == 0) {
              appender.append(series(s), time(commit), commit * 100.0 + s);
            } else {
              appender.append(series(s), time(commit), histogram(commit, s));
            }
          }
          appender.append(LATE, lateTime(commit), commit);
          appender.commit();
        }
        out.println(commit);
        if (commit % 200 == 0) {
          tsdb.compactTick(clock.instant());
        }
      }
    }
  }

  /* The store's clock advances by 15 seconds per commit. */
  private static long time(int commit) {
    return T0 + commit * 15_000L;
  }

  /* Of three commits, one is in order, one is hours late and one is later still; late samples
   * mostly belong to windows that have a block. */
  private static long lateTime(int commit) {
    return T0 + (commit - 900L * (commit % 3)) * 15_000L;
  }

  private static Labels series(int s) {
    return Labels.of("__name__", "kill", "series", "s" + s);
  }

  /* The layout changes with the size. */
  private static Histogram histogram(int commit, int s) {
    double[] counts = new double[1 + commit / 100];
    Arrays.fill(counts, commit);
    counts[0] = s;
    return TestHistograms.of(counts);
  }

  @Test
  @Timeout(value = 120, unit = TimeUnit.SECONDS)
  void open_afterKill_hasEachAcknowledgedCommit() throws Exception {
    int acknowledged = -1;
    for (int round = 0; round < 3; round++) {
      acknowledged = runAndKill(acknowledged + 1, 700 + round * 333);
      /* The commit after the last acknowledged one may exist, but only completely. */
      acknowledged = verify(acknowledged);
    }
  }

  private int runAndKill(int first, int commits) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                directory.toString(),
                Integer.toString(first))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    int last = -1;
    try (var out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        /* Log lines may go to the same stream. */
        if (line.matches("[0-9]+")) {
          last = Integer.parseInt(line);
        }
        if (last == first + commits) {
          /* Process.destroyForcibly would close the stream that is being read. */
          process.toHandle().destroyForcibly();
        }
      }
    }
    assertThat(process.waitFor()).isEqualTo(137);
    assertThat(last).isGreaterThanOrEqualTo(first + commits);
    return last;
  }

  /* Late samples of a commit are a separate write after the rest of it. A commit in progress at
   * a kill may lack them forever. */
  private void verifyLate(Tsdb tsdb, int last) {
    SeriesSet set =
        tsdb.select(
            List.of(LabelMatcher.of(LabelMatcher.Type.EQUAL, "__name__", "late")),
            Long.MIN_VALUE,
            Long.MAX_VALUE);
    var window = new SampleWindow();
    set.read(0, Long.MIN_VALUE, Long.MAX_VALUE, window);
    var found = new TreeMap<Long, Double>();
    for (int i = 0; i < window.size(); i++) {
      found.put(window.timestamp(i), window.value(i));
    }
    var expected = new TreeMap<Long, Double>();
    for (int commit = 0; commit <= last; commit++) {
      if (!unacknowledged.contains(commit) || found.containsKey(lateTime(commit))) {
        expected.put(lateTime(commit), (double) commit);
      }
    }
    assertThat(window.size()).isEqualTo(found.size());
    assertThat(found).isEqualTo(expected);
  }

  private int verify(int acknowledged) throws Exception {
    var clock = InstantSource.fixed(Instant.ofEpochMilli(time(acknowledged)));
    try (Tsdb tsdb =
        Tsdb.open(directory, TsdbOptions.defaults(), clock, new SimpleMeterRegistry())) {
      SeriesSet set =
          tsdb.select(
              List.of(LabelMatcher.of(LabelMatcher.Type.EQUAL, "__name__", "kill")),
              T0,
              Long.MAX_VALUE);
      assertThat(set.size()).isEqualTo(SERIES);
      int found = -1;
      for (int s = 0; s < SERIES; s++) {
        var window = new SampleWindow();
        set.read(s, T0, Long.MAX_VALUE, window);
        int number = Integer.parseInt(set.labels(s).get("series").substring(1));
        assertThat(window.size()).isGreaterThan(acknowledged);
        for (int i = 0; i < window.size(); i++) {
          assertThat(window.timestamp(i)).isEqualTo(time(i));
          if (number % 2 == 0) {
            assertThat(window.value(i)).isEqualTo(i * 100.0 + number);
          } else {
            Histogram histogram = requireNonNull(window.histogram(i));
            assertThat(histogram.withHint(ResetHint.UNKNOWN)).isEqualTo(histogram(i, number));
          }
        }
        assertThat(found).isIn(-1, window.size() - 1);
        found = window.size() - 1;
      }
      for (int commit = acknowledged + 1; commit <= found; commit++) {
        unacknowledged.add(commit);
      }
      verifyLate(tsdb, found);
      return found;
    }
  }
}
