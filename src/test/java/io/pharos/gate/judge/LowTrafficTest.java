package io.pharos.gate.judge;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.Nightly;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// A service with one request in five seconds, a tenth of it to the canary, that fails 5 % instead
/// of 0.5 %: the number of requests until each rule detects it, if each rule fails one in a hundred
/// good releases.
///
/// The rules of Flagger and Kayenta follow their documentation: one check per minute, in which no
/// request is a failed check, and rollback after a number of failures; and the Mann-Whitney test of
/// errors per minute in a growing window. User settings are chosen in their favour.
class LowTrafficTest {
  private static final int RELEASES = Nightly.rounds(60, 1000);
  private static final double CANDIDATE = 0.02;
  private static final double BASELINE = 0.18;
  private static final double GOOD = 0.005;
  private static final double BAD = 0.05;
  private static final int MINUTES = 1440;
  private static final double FALSE = 0.01;

  /// Counts of one release, minute by minute.
  private record Release(
      long[] candidate, long[] candidateErrors, long[] baseline, long[] baselineErrors) {
    static Release draw(SimulatedRelease random, double bad) {
      var release =
          new Release(new long[MINUTES], new long[MINUTES], new long[MINUTES], new long[MINUTES]);
      for (int i = 0; i < MINUTES; i++) {
        release.candidate[i] = random.poisson(60 * CANDIDATE);
        release.baseline[i] = random.poisson(60 * BASELINE);
        release.candidateErrors[i] = random.binomial(release.candidate[i], bad);
        release.baselineErrors[i] = random.binomial(release.baseline[i], GOOD);
      }
      return release;
    }

    long candidateRequests(int minutes) {
      return Arrays.stream(candidate, 0, Math.min(minutes, MINUTES)).sum();
    }
  }

  /// Returns the minute in which a rule fails a release; a number above all minutes if it does not.
  private interface Rule {
    int minutes(Release release);
  }

  private static final int NEVER = MINUTES + 1;

  private static List<Release> releases(long seed, double bad, int many) {
    var random = new SimulatedRelease(seed);
    return IntStream.range(0, many).mapToObj(_ -> Release.draw(random, bad)).toList();
  }

  private static Rule attribution() {
    return release -> {
      var evidence = new AttributionEvidence(1.25);
      int distinct = 0;
      for (int i = 0; i < MINUTES; i++) {
        evidence.add(
            new AttributionEvidence.Interval(
                release.candidate[i],
                release.baseline[i],
                release.candidateErrors[i],
                release.baselineErrors[i]));
        distinct += release.candidateErrors[i] > 0 ? 1 : 0;
        if (distinct >= PairedEvidence.MIN_DISTINCT && evidence.log() >= Math.log(100)) {
          return i + 1;
        }
      }
      return NEVER;
    };
  }

  /// @param least minimum success rate of a minute
  /// @param threshold number of failed checks that roll back
  private static Rule flagger(double least, int threshold) {
    return release -> {
      int failed = 0;
      for (int i = 0; i < MINUTES; i++) {
        long n = release.candidate[i];
        boolean fails = n == 0 || 1 - (double) release.candidateErrors[i] / n < least;
        failed += fails ? 1 : 0;
        if (failed >= threshold) {
          return i + 1;
        }
      }
      return NEVER;
    };
  }

  /// @param level of confidence
  private static Rule kayenta(double level) {
    var metric = new Kayenta.Metric(0.25, level, false, 1, 1, 1, 1, true, false, true, true, false);
    return release -> {
      for (int minutes = 30; minutes <= 480; minutes += 30) {
        double[] control = perRequest(release.baselineErrors, release.baseline, minutes);
        double[] experiment = perRequest(release.candidateErrors, release.candidate, minutes);
        if (Kayenta.mannWhitney(control, experiment, metric).found() == Kayenta.Class.HIGH) {
          return minutes;
        }
      }
      return NEVER;
    };
  }

  /// Error rates, a minute without requests as zero.
  private static double[] perRequest(long[] errors, long[] requests, int minutes) {
    return IntStream.range(0, minutes)
        .mapToDouble(i -> requests[i] == 0 ? 0 : (double) errors[i] / requests[i])
        .toArray();
  }

  /// Returns the median number of candidate requests that a rule needs, if it fails good releases
  /// seldom enough in that time; infinite if it does not.
  private static double needed(Rule rule, List<Release> good, List<Release> bad) {
    int[] found = bad.stream().mapToInt(rule::minutes).sorted().toArray();
    int median = found[found.length / 2];
    if (median > MINUTES) {
      return Double.POSITIVE_INFINITY;
    }
    long wrong = good.stream().filter(release -> rule.minutes(release) <= median).count();
    if (wrong > FALSE * good.size()) {
      return Double.POSITIVE_INFINITY;
    }
    double[] requests =
        bad.stream()
            .mapToDouble(
                release -> {
                  int minutes = rule.minutes(release);
                  return minutes > MINUTES
                      ? Double.POSITIVE_INFINITY
                      : release.candidateRequests(minutes);
                })
            .toArray();
    return EvidenceSimulationTest.median(requests);
  }

  @Test
  void tenTimesWorse_isFoundInHalfTheRequestsOfTheBetterOfKayentaAndFlagger() {
    List<Release> good = releases(21, GOOD, 5 * RELEASES);
    List<Release> bad = releases(22, BAD, RELEASES);
    double own = needed(attribution(), good, bad);
    double flagger = Double.POSITIVE_INFINITY;
    for (double least : new double[] {0.99, 0.9, 0.75}) {
      for (int threshold = 1; threshold <= 600; threshold += threshold < 20 ? 1 : 5) {
        flagger = Math.min(flagger, needed(flagger(least, threshold), good, bad));
      }
    }
    double kayenta = Double.POSITIVE_INFINITY;
    for (double level : new double[] {0.9, 0.95, 0.98, 0.99, 0.999}) {
      kayenta = Math.min(kayenta, needed(kayenta(level), good, bad));
    }
    System.out.printf(
        "requests of the canary until found: attribution %.0f, Flagger %.0f, Kayenta %.0f%n",
        own, flagger, kayenta);
    assertThat(own).isFinite();
    assertThat(2 * own).isLessThanOrEqualTo(Math.min(flagger, kayenta));
  }
}
