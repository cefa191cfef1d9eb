package io.pharos.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.Nightly;
import io.pharos.config.pharos.HysteresisRule;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.model.LabelMatcher;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.rules.RuleFile;
import io.pharos.simulation.SimulatedPharos.Told;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Scrape, rules, notifier and stores on one virtual clock and disk with faults of Pharos' own,
/// beside a copy in memory without them. A message that only one of both sends is a failure, and
/// names its seed.
///
/// `-Dpharos.simulate.seed=7,9` runs these seeds and prints what both sent; `pharos.simulate.seeds`
/// sets the number of seeds, and `pharos.simulate.first` the first one.
@Tag("slow")
@Timeout(value = 12, unit = java.util.concurrent.TimeUnit.HOURS)
class SimulationTest {
  private static final Duration LENGTH = Duration.ofMinutes(80);
  private static final Path RULES = Path.of("src/test/resources/simulation/rules.yml");

  /// Seeds with the same backend, whose undisturbed Pharos runs only once: that is a third of the
  /// work.
  private static final int SEEDS_PER_BACKEND = 4;

  private static final long[] CHOSEN =
      Pattern.compile(",")
          .splitAsStream(System.getProperty("pharos.simulate.seed", ""))
          .filter(it -> !it.isEmpty())
          .mapToLong(Long::parseLong)
          .toArray();
  private static final long FIRST = Long.getLong("pharos.simulate.first", 1);

  @TempDir Path folder;
  private PrometheusConfig config;
  private List<RuleFile> rules;

  private record Undisturbed(long backend, boolean trustsWindows, List<Told> told) {}

  private Optional<Undisturbed> last = Optional.empty();

  @BeforeEach
  void readFiles() throws IOException {
    config =
        PrometheusConfig.read(
            Files.writeString(
                folder.resolve("prometheus.yml"),
                """
                global: {scrape_interval: 15s, evaluation_interval: 15s}
                scrape_configs: [{job_name: api, static_configs: [{targets: %s}]}]
                """
                    .formatted(SimulatedBackend.INSTANCES)));
    rules =
        RuleFile.withHysteresis(
            List.of(
                hysteresis("SlowCounted", 3, 5, null),
                hysteresis("SlowUntilFast", 1, 1, 0.24),
                hysteresis("ErrorsCounted", 2, 4, 0.55)),
            RuleFile.readAll(List.of(RULES), ParserOptions.defaults()));
  }

  private static HysteresisRule hysteresis(
      String alert, int atLeast, int of, @Nullable Double resolveAt) {
    return new HysteresisRule(
        List.of(LabelMatcher.equal("alertname", alert)), atLeast, of, resolveAt, "", 0, "");
  }

  @Test
  void disturbedPharos_sendsTheMessagesOfAnUndisturbedOne() throws IOException {
    int seeds = Integer.getInteger("pharos.simulate.seeds", Nightly.rounds(200, 100_000));
    List<String> failures =
        failures(
            CHOSEN.length > 0 ? LongStream.of(CHOSEN) : LongStream.range(FIRST, FIRST + seeds),
            false);
    assertThat(failures).isEmpty();
  }

  /// These once sent false pages or false all-clears.
  @Test
  void disturbedPharosOfKnownSeeds_sendsTheMessagesOfAnUndisturbedOne() throws IOException {
    assertThat(
            failures(
                LongStream.of(
                    526, 13188, 13582, 14946, 15130, 17219, 17831, 20897, 21817, 25316, 25370,
                    29474, 30779, 31978, 34704, 35406, 36900, 57059, 58151, 58450, 58671, 61305,
                    61308, 61992, 62732, 67869, 69407, 77200, 82003, 82715, 86171, 88941, 89362,
                    93377, 95937, 99291, 40270),
                false))
        .isEmpty();
  }

  /// Shows that the comparison finds what it looks for.
  @Test
  void disturbedPharosThatTrustsItsWindows_sendsFalsePages() throws IOException {
    assertThat(failures(LongStream.rangeClosed(1, 10), true)).hasSizeGreaterThan(5);
  }

  private List<String> failures(LongStream seeds, boolean trustsWindows) throws IOException {
    var failures = new ArrayList<String>();
    var threads = ManagementFactory.getThreadMXBean();
    long began = threads.getCurrentThreadCpuTime();
    int count = 0;
    for (long seed : seeds.toArray()) {
      List<String> wrong = run(seed, trustsWindows).wrong();
      count++;
      if (!wrong.isEmpty()) {
        failures.add("seed " + seed + ": " + wrong);
        System.out.println(failures.getLast());
      }
    }
    System.out.printf(
        "%d seeds: %d differ; %.0f ms of CPU each%n",
        count, failures.size(), (threads.getCurrentThreadCpuTime() - began) / 1e6 / count);
    return failures;
  }

  private Comparison run(long seed, boolean trustsWindows) throws IOException {
    long backendSeed = Math.ceilDiv(seed, SEEDS_PER_BACKEND);
    var backend = new SimulatedBackend(backendSeed, LENGTH);
    List<Disturbance> disturbances = Disturbance.draw(seed, LENGTH);
    Optional<Long> disk =
        Disturbance.keepClock(disturbances) ? Optional.of(seed) : Optional.empty();
    var disturbed = pharos(backend, trustsWindows, Duration.ZERO, Duration.ZERO, disk);
    for (Disturbance disturbance : disturbances) {
      disturbed.disturb(disturbance);
    }
    disturbed.runTo(LENGTH);
    disturbed.end();
    var oracles = new ArrayList<>(List.of(undisturbed(backendSeed, backend, trustsWindows)));
    if (CHOSEN.length > 0) {
      System.out.printf(
          "backend %s%ndisturbances %s%nundisturbed %s%ndisturbed %s%n",
          backend, disturbances, oracles, disturbed.told());
    }
    // Further undisturbed ones only excuse differences.
    var comparison = compare(oracles, backend, disturbed, disturbances);
    List<Duration> clocks = Disturbance.clocks(disturbances);
    if (!comparison.wrong().isEmpty()) {
      for (Duration ahead : clocks.subList(1, clocks.size())) {
        oracles.add(told(pharos(backend, trustsWindows, Duration.ZERO, ahead, Optional.empty())));
      }
      comparison = compare(oracles, backend, disturbed, disturbances);
    }
    if (!comparison.wrong().isEmpty() && clocks.size() > 1) {
      oracles.add(told(movedScrapes(backend, trustsWindows, disturbances)));
      comparison = compare(oracles, backend, disturbed, disturbances);
    }
    if (!comparison.wrong().isEmpty()) {
      for (Duration ahead : clocks) {
        var irregular = pharos(backend, trustsWindows, Duration.ZERO, ahead, Optional.empty());
        irregular.beAsLateAs(disturbed);
        oracles.add(told(irregular));
      }
      comparison = compare(oracles, backend, disturbed, disturbances);
    }
    if (!comparison.wrong().isEmpty()) {
      var seen = SimulatedBackend.withoutUnseenFailures(backendSeed, LENGTH, disturbances);
      oracles.add(
          told(pharos(seen, trustsWindows, Duration.ZERO, Duration.ZERO, Optional.empty())));
      comparison = compare(oracles, backend, disturbed, disturbances);
    }
    return comparison;
  }

  private Comparison compare(
      List<List<Told>> oracles,
      SimulatedBackend backend,
      SimulatedPharos disturbed,
      List<Disturbance> disturbances) {
    return new Comparison(
        oracles, begin -> late(backend, begin), disturbed.told(), disturbances, LENGTH.toSeconds());
  }

  private List<Told> undisturbed(long backendSeed, SimulatedBackend backend, boolean trustsWindows)
      throws IOException {
    if (last.isEmpty()
        || last.get().backend != backendSeed
        || last.get().trustsWindows != trustsWindows) {
      List<Told> told =
          told(pharos(backend, trustsWindows, Duration.ZERO, Duration.ZERO, Optional.empty()));
      last = Optional.of(new Undisturbed(backendSeed, trustsWindows, told));
    }
    return last.get().told;
  }

  private List<Told> late(SimulatedBackend backend, Duration begin) {
    try {
      return told(pharos(backend, true, begin, Duration.ZERO, Optional.empty()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /* A step of the clock also moves the times of scrapes within their interval: then the first and
   * the last sample of a window may be further apart, or closer, than without it. The disturbances
   * of this Pharos are only steps of less than an interval. */
  private SimulatedPharos movedScrapes(
      SimulatedBackend backend, boolean trustsWindows, List<Disturbance> disturbances)
      throws IOException {
    var moved = pharos(backend, trustsWindows, Duration.ZERO, Duration.ZERO, Optional.empty());
    for (Disturbance disturbance : disturbances) {
      if (disturbance instanceof Disturbance.ClockStep(Duration at, Duration by)) {
        long part = Math.floorMod(by.toMillis(), Disturbance.INTERVAL.toMillis());
        moved.disturb(new Disturbance.ClockStep(at, Duration.ofMillis(part)));
      }
    }
    return moved;
  }

  private static List<Told> told(SimulatedPharos undisturbed) {
    undisturbed.runTo(LENGTH);
    return undisturbed.told();
  }

  private SimulatedPharos pharos(
      SimulatedBackend backend,
      boolean trustsWindows,
      Duration begin,
      Duration ahead,
      Optional<Long> disk)
      throws IOException {
    return new SimulatedPharos(backend, config, rules, trustsWindows, begin, ahead, disk);
  }
}
