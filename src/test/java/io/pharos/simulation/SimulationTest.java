package io.pharos.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.Nightly;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.simulation.SimulatedPharos.Told;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Scrape, rules, notifier and stores on one virtual clock and disk with faults of Pharos' own,
/// beside a copy in memory without them. A message that only one of both sends is a failure, and
/// names its seed.
///
/// `-Dpharos.simulate.seed=7` runs one seed and prints what both sent; `pharos.simulate.seeds` sets
/// the number of seeds.
@Tag("slow")
@Timeout(value = 12, unit = java.util.concurrent.TimeUnit.HOURS)
class SimulationTest {
  private static final Duration LENGTH = Duration.ofMinutes(80);
  private static final Path RULES = Path.of("src/test/resources/simulation/rules.yml");
  private static final long ONE = Long.getLong("pharos.simulate.seed", 0);

  @TempDir Path folder;

  @Test
  void disturbedPharos_sendsTheMessagesOfAnUndisturbedOne() throws IOException {
    int seeds = Integer.getInteger("pharos.simulate.seeds", Nightly.rounds(200, 100_000));
    List<String> failures =
        failures(ONE > 0 ? LongStream.of(ONE) : LongStream.rangeClosed(1, seeds), false);
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
      if (!wrong.isEmpty()) {
        failures.add("seed " + seed + ": " + wrong);
      }
    }
    return failures;
  }

  private Comparison run(long seed, boolean trustsWindows) throws IOException {
    var backend = new SimulatedBackend(seed, LENGTH);
    List<Disturbance> disturbances = Disturbance.draw(seed, LENGTH);
    var oracles = new ArrayList<List<Told>>();
    for (Duration ahead : Disturbance.clocks(disturbances)) {
      var oracle =
          new SimulatedPharos(backend, config(), RULES, trustsWindows, ahead, Optional.empty());
      oracle.runTo(LENGTH);
      oracles.add(oracle.told());
    }
    Optional<Long> disk =
        Disturbance.keepClock(disturbances) ? Optional.of(seed) : Optional.empty();
    var disturbed =
        new SimulatedPharos(backend, config(), RULES, trustsWindows, Duration.ZERO, disk);
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
    return new Comparison(oracles, disturbed.told(), disturbances, LENGTH.toSeconds());
  }

  private PrometheusConfig config() throws IOException {
    return PrometheusConfig.read(
        Files.writeString(
            folder.resolve("prometheus.yml"),
            """
            global: {scrape_interval: 15s, evaluation_interval: 15s}
            scrape_configs: [{job_name: api, static_configs: [{targets: %s}]}]
            """
                .formatted(SimulatedBackend.INSTANCES)));
  }
}
