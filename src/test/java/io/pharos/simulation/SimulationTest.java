package io.pharos.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.Nightly;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.rules.RuleFile;
import io.pharos.simulation.SimulatedPharos.Told;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Scrape, rules, notifier and stores on one virtual clock and disk with faults of Pharos' own,
/// beside a copy in memory without them. A message that only one of both sends is a failure, and
/// names its seed.
///
/// `-Dpharos.simulate.seed=7` runs one seed and prints what both sent; `pharos.simulate.seeds` sets
/// the number of seeds, and `pharos.simulate.first` the first one.
@Tag("slow")
@Timeout(value = 12, unit = java.util.concurrent.TimeUnit.HOURS)
class SimulationTest {
  private static final Duration LENGTH = Duration.ofMinutes(80);
  private static final Path RULES = Path.of("src/test/resources/simulation/rules.yml");

  /// Seeds with the same backend, whose undisturbed Pharos runs only once: that is a third of the
  /// work.
  private static final int SEEDS_PER_BACKEND = 4;

  private static final long ONE = Long.getLong("pharos.simulate.seed", 0);
  private static final long FIRST = Long.getLong("pharos.simulate.first", 1);

  /// Seeds that still differ, and why.
  private static final Map<Long, String> KNOWN =
      Map.of(
          78L,
          "the state of alerts that fire while the disk is full is lost in a restart",
          1317L,
          "a restart forgets that new series were refused, so that they seem to begin later");

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
    rules = RuleFile.readAll(List.of(RULES), ParserOptions.defaults());
  }

  @Test
  void disturbedPharos_sendsTheMessagesOfAnUndisturbedOne() throws IOException {
    int seeds = Integer.getInteger("pharos.simulate.seeds", Nightly.rounds(200, 100_000));
    List<String> failures =
        failures(ONE > 0 ? LongStream.of(ONE) : LongStream.range(FIRST, FIRST + seeds), false);
    assertThat(failures).isEmpty();
  }

  /// Shows that the comparison finds what it looks for.
  @Test
  void disturbedPharosThatTrustsItsWindows_sendsFalsePages() throws IOException {
    assertThat(failures(LongStream.rangeClosed(1, 10), true)).hasSizeGreaterThan(5);
  }

  private List<String> failures(LongStream seeds, boolean trustsWindows) throws IOException {
    var failures = new ArrayList<String>();
    for (long seed : seeds.toArray()) {
      List<String> wrong = run(seed, trustsWindows).wrong();
      if (!wrong.isEmpty() && !KNOWN.containsKey(seed)) {
        failures.add("seed " + seed + ": " + wrong);
        System.out.println(failures.getLast());
      }
    }
    return failures;
  }

  private Comparison run(long seed, boolean trustsWindows) throws IOException {
    long backendSeed = Math.ceilDiv(seed, SEEDS_PER_BACKEND);
    var backend = new SimulatedBackend(backendSeed, LENGTH);
    List<Disturbance> disturbances = Disturbance.draw(seed, LENGTH);
    var oracles = new ArrayList<List<Told>>();
    for (Duration ahead : Disturbance.clocks(disturbances)) {
      oracles.add(undisturbed(backendSeed, backend, trustsWindows, ahead));
    }
    Optional<Long> disk =
        Disturbance.keepClock(disturbances) ? Optional.of(seed) : Optional.empty();
    var disturbed = pharos(backend, trustsWindows, Duration.ZERO, Duration.ZERO, disk);
    for (Disturbance disturbance : disturbances) {
      disturbed.disturb(disturbance);
    }
    disturbed.runTo(LENGTH);
    disturbed.end();
    if (seed == ONE) {
      System.out.printf(
          "backend %s%ndisturbances %s%nundisturbed %s%ndisturbed %s%n",
          backend, disturbances, oracles, disturbed.told());
    }
    return new Comparison(
        oracles, begin -> late(backend, begin), disturbed.told(), disturbances, LENGTH.toSeconds());
  }

  private List<Told> undisturbed(
      long backendSeed, SimulatedBackend backend, boolean trustsWindows, Duration ahead)
      throws IOException {
    if (!ahead.isZero()) {
      return told(pharos(backend, trustsWindows, Duration.ZERO, ahead, Optional.empty()));
    }
    if (last.isEmpty()
        || last.get().backend != backendSeed
        || last.get().trustsWindows != trustsWindows) {
      List<Told> told =
          told(pharos(backend, trustsWindows, Duration.ZERO, ahead, Optional.empty()));
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
