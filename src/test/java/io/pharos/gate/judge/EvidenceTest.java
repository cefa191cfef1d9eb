package io.pharos.gate.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.gate.judge.AttributionEvidence.Interval;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EvidenceTest {
  private static final Path GOLDEN =
      Path.of(System.getProperty("pharos.conformance", "../shared/conformance"))
          .resolve("gate/evalue_cases.json");

  @Test
  void evidence_goldenValues_agree() throws Exception {
    assumeTrue(Files.exists(GOLDEN), () -> GOLDEN + " is absent");
    int seen = 0;
    for (JsonNode golden : new ObjectMapper().readTree(GOLDEN.toFile()).path("cases")) {
      double expected = golden.path("e_value").asDouble();
      double found =
          switch (golden.path("test").asText()) {
            case "attribution" ->
                Math.exp(AttributionEvidence.log(golden.path("theta0").asDouble(), rows(golden)));
            case "absolute_bound" ->
                Math.exp(
                    BoundEvidence.logBelow(
                        golden.path("p_max").asDouble(),
                        golden.path("n").asLong(),
                        golden.path("errors").asLong()));
            default -> throw new AssertionError(golden);
          };
      assertThat(found).as(golden.toString()).isCloseTo(expected, within(expected * 1e-9));
      seen++;
    }
    assertThat(seen).isEqualTo(27);
  }

  private static List<Interval> rows(JsonNode golden) {
    var rows = new ArrayList<Interval>();
    for (JsonNode row : golden.path("rows_nc_nb_ec_eb")) {
      rows.add(
          new Interval(
              row.get(0).asLong(), row.get(1).asLong(), row.get(2).asLong(), row.get(3).asLong()));
    }
    return rows;
  }

  /// Values computed by hand with 50 digits, so that a clone without the golden file is tested too.
  @ParameterizedTest
  @CsvSource({
    "0.01, 331, 0, 20.094810494064674",
    "0.05, 65, 0, 20.313668956055498",
    "0.01, 331, 1, 1.4625849656806136",
    "0.01, 300, 10, 0.0004226102896439126"
  })
  void logBelow_knownCounts_givesTheKnownEvidence(double pMax, long n, long bad, double expected) {
    assertThat(Math.exp(BoundEvidence.logBelow(pMax, n, bad)))
        .isCloseTo(expected, within(expected * 1e-9));
  }

  @ParameterizedTest
  @CsvSource({"0.05, 65", "0.02, 165", "0.01, 331", "0.005, 663", "0.001, 3323"})
  void needed_noErrors_isTheMinimumSample(double pMax, long requests) {
    assertThat(BoundEvidence.needed(pMax, 0, 0)).isEqualTo(requests);
    assertThat(BoundEvidence.needed(pMax, requests, 0)).isZero();
    assertThat(BoundEvidence.needed(pMax, requests - 1, 0)).isEqualTo(1);
  }

  @Test
  void evidence_oneMoreError_neverHelpsTheCandidate() {
    var random = new Random(7);
    for (int i = 0; i < 2000; i++) {
      long n = 1 + random.nextInt(5000);
      long bad = random.nextInt((int) n);
      double pMax = 0.001 + random.nextDouble() * 0.5;
      assertThat(BoundEvidence.logBelow(pMax, n, bad + 1))
          .isLessThanOrEqualTo(BoundEvidence.logBelow(pMax, n, bad) + 1e-9);
      assertThat(BoundEvidence.logAbove(pMax, n, bad + 1))
          .isGreaterThanOrEqualTo(BoundEvidence.logAbove(pMax, n, bad) - 1e-9);
      long other = random.nextInt(5000);
      long errors = random.nextInt((int) other + 1);
      var before = List.of(new Interval(n, other, bad, errors));
      var after = List.of(new Interval(n, other, bad + 1, errors));
      assertThat(AttributionEvidence.log(1.25, after))
          .isGreaterThanOrEqualTo(AttributionEvidence.log(1.25, before) - 1e-9);
    }
  }

  @Test
  void attribution_splittingAnInterval_changesNothing() {
    var whole = List.of(new Interval(200, 600, 6, 4));
    var parts = List.of(new Interval(50, 150, 1, 4), new Interval(150, 450, 5, 0));
    assertThat(AttributionEvidence.log(1.25, parts))
        .isCloseTo(AttributionEvidence.log(1.25, whole), within(1e-9));
  }

  @Test
  void attribution_anySplitWithTheSameShare_changesNothing() {
    var random = new Random(17);
    for (int i = 0; i < 500; i++) {
      int share = 1 + random.nextInt(9);
      var parts = new ArrayList<Interval>();
      long errors = 0;
      long baselineErrors = 0;
      long unit = 0;
      for (int j = 0; j < 1 + random.nextInt(20); j++) {
        long size = 50 + random.nextInt(50);
        long bad = random.nextInt(5);
        long baselineBad = random.nextInt(5);
        parts.add(new Interval(size * share, size * (10 - share), bad, baselineBad));
        unit += size;
        errors += bad;
        baselineErrors += baselineBad;
      }
      var whole = List.of(new Interval(unit * share, unit * (10 - share), errors, baselineErrors));
      assertThat(AttributionEvidence.log(1.25, parts))
          .isCloseTo(AttributionEvidence.log(1.25, whole), within(1e-9));
      java.util.Collections.shuffle(parts, random);
      assertThat(AttributionEvidence.log(1.25, parts))
          .isCloseTo(AttributionEvidence.log(1.25, whole), within(1e-9));
    }
  }

  /// The final evidence does not depend on when it is polled.
  @Test
  void comparison_polledMoreOrLessOften_comesToTheSame() {
    var random = new Random(19);
    for (int i = 0; i < 50; i++) {
      List<Observation> all = SimulatedRelease.observations(i, 1, 3, 0.05, 0.02);
      var some = new ArrayList<Observation>();
      for (Observation observation : all) {
        if (random.nextBoolean() || observation.equals(all.getLast())) {
          some.add(observation);
        }
      }
      double often = SimulatedRelease.track(all).getLast().logEvidence();
      // The share of the candidate varies at random from poll to poll.
      assertThat(SimulatedRelease.track(some).getLast().logEvidence())
          .isCloseTo(often, within(1 + 0.1 * Math.abs(often)));
      var twice = new ArrayList<Observation>();
      all.forEach(observation -> twice.addAll(List.of(observation, observation)));
      assertThat(SimulatedRelease.track(twice).getLast().logEvidence())
          .isCloseTo(often, within(1e-9));
    }
  }

  @Test
  void comparison_moreErrorsThanRequests_waitForTheNextScrape() {
    var counts = new long[][] {{100, 100, 0, 0}, {100, 200, 30, 2}, {200, 300, 30, 3}};
    List<Observation> skewed = SimulatedRelease.observations(counts);
    List<ComparisonTrack.Point> points = SimulatedRelease.track(skewed);
    assertThat(points.get(1).all()).isEqualTo(new Interval(100, 100, 0, 0));
    assertThat(points.get(2).all()).isEqualTo(new Interval(200, 300, 30, 3));
  }

  @Test
  void dispersion_ofBursts_isTheirSize() {
    var random = new SimulatedRelease(23);
    for (int size : new int[] {1, 2, 5}) {
      var bins = new ArrayList<Dispersion.Bin>();
      for (int i = 0; i < 360; i++) {
        bins.add(new Dispersion.Bin(100, Math.min(100, size * random.poisson(0.5))));
      }
      assertThat(Dispersion.of(bins)).isBetween(0.7 * size, 1.4 * size + 0.2);
    }
    assertThat(Dispersion.of(List.of())).isEqualTo(1);
    assertThat(Dispersion.of(List.of(new Dispersion.Bin(5, 0), new Dispersion.Bin(5, 0))))
        .isEqualTo(1);
  }

  @Test
  void dispersion_ofALevelThatDrifts_staysSmall_andOfAnOutageIsBounded() {
    var drift = new ArrayList<Dispersion.Bin>();
    var outage = new ArrayList<Dispersion.Bin>();
    var random = new SimulatedRelease(29);
    for (int i = 0; i < 360; i++) {
      drift.add(new Dispersion.Bin(1000, random.poisson(5 + i / 20.0)));
      outage.add(new Dispersion.Bin(1000, i >= 100 && i < 112 ? 300 : random.poisson(5)));
    }
    assertThat(Dispersion.of(drift)).isLessThan(1.5);
    assertThat(Dispersion.of(outage)).isEqualTo(10);
  }

  @Test
  void logAbove_trueFractionAtTheBound_failsRarely() {
    var random = new Random(11);
    int failed = 0;
    int gates = 2000;
    for (int gate = 0; gate < gates; gate++) {
      long bad = 0;
      for (int n = 1; n <= 2000; n++) {
        bad += random.nextDouble() < 0.05 ? 1 : 0;
        if (n % 40 == 0
            && BoundEvidence.logAbove(0.05, n, bad) >= Math.log(BoundEvidence.FAIL_AT)) {
          failed++;
          break;
        }
      }
    }
    assertThat(failed).isLessThanOrEqualTo(gates / 100);
  }

  @Test
  void logBelow_trueFractionAtTheBound_passesRarely() {
    var random = new Random(13);
    int passed = 0;
    int gates = 2000;
    for (int gate = 0; gate < gates; gate++) {
      long bad = 0;
      for (int n = 1; n <= 2000; n++) {
        bad += random.nextDouble() < 0.05 ? 1 : 0;
        if (n % 40 == 0
            && BoundEvidence.logBelow(0.05, n, bad) >= Math.log(BoundEvidence.PASS_AT)) {
          passed++;
          break;
        }
      }
    }
    assertThat(passed).isLessThanOrEqualTo(gates / 20);
  }

  @Test
  void evidence_millionsOfRequests_staysFinite() {
    assertThat(BoundEvidence.logBelow(0.01, 100_000_000, 10)).isFinite().isPositive();
    assertThat(BoundEvidence.logAbove(0.9, 100_000_000, 99_999_999)).isFinite();
  }
}
