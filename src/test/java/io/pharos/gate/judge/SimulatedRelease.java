package io.pharos.gate.judge;

import io.pharos.gate.GateRig;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.policy.Check;
import io.pharos.gate.policy.GatePolicy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Simulated releases with an observation every ten seconds for half an hour, judged by
/// comparisons.
final class SimulatedRelease {
  static final int SECONDS = 10;
  static final int LOOKS = 180;

  private static final String POLICY =
      """
      version: "1"
      service: backend
      env: production
      max_age: 1h
      checks:
        version: none
        errors_vs_baseline:
          total: a{color="$color"}
          bad: b{color="$color"}
      """;
  private static final GatePolicy GATE = GatePolicy.FILES.parse("p", POLICY).all().getFirst();
  private static final Deployment DEPLOYMENT =
      Deployment.begin(GateRig.announcement("simulated", "green"), Instant.EPOCH);

  private final Random random;

  SimulatedRelease(long seed) {
    random = new Random(seed);
  }

  /// The load in one interval.
  ///
  /// @param candidateRate requests per second
  /// @param candidateBad fractions of bad requests, one for each kind
  /// @param burst mean size of a burst of bad requests
  record Load(
      double candidateRate,
      double baselineRate,
      List<Double> candidateBad,
      List<Double> baselineBad,
      double burst) {
    static Load of(
        double candidateRate, double baselineRate, double candidateBad, double baselineBad) {
      return new Load(candidateRate, baselineRate, List.of(candidateBad), List.of(baselineBad), 1);
    }
  }

  /// The result of one release.
  ///
  /// @param seconds until it failed; -1 if it did not
  record End(int seconds, long candidateRequests, long requests, long candidateErrors) {
    boolean failed() {
      return seconds >= 0;
    }
  }

  /// Simulates one release with a load for each observation.
  End run(Loads loads) {
    return run(loads, LOOKS);
  }

  /// Returns the load at an observation, from 0.
  interface Loads {
    Load at(int look);
  }

  End run(Loads loads, int looks) {
    Load first = loads.at(0);
    int kinds = first.candidateBad().size();
    var boundaries = new ArrayList<Double>();
    for (int i = 0; kinds > 1 && i < kinds; i++) {
      boundaries.add((double) (i + 1));
    }
    List<Double> dispersion = new ArrayList<>();
    for (int kind = 0; kind < kinds; kind++) {
      dispersion.add(first.burst() == 1 ? 1 : past(first, kind));
    }
    var observations = new ArrayList<Observation>();
    long candidate = 0;
    long baseline = 0;
    var candidateBad = new long[kinds];
    var baselineBad = new long[kinds];
    for (int look = 0; look < looks; look++) {
      Load load = loads.at(look);
      long nc = poisson(load.candidateRate() * SECONDS);
      long nb = poisson(load.baselineRate() * SECONDS);
      candidate += nc;
      baseline += nb;
      draw(nc, load.candidateBad(), load.burst(), candidateBad);
      draw(nb, load.baselineBad(), load.burst(), baselineBad);
      long at = 1000L * SECONDS * (look + 1);
      var reading =
          new Reading.Comparison(
              0,
              boundaries,
              dispersion,
              side(candidate, candidateBad, at),
              side(baseline, baselineBad, at),
              null,
              null);
      observations.add(new Observation(at, Map.of("errors_vs_baseline", reading)));
    }
    return judge(observations);
  }

  private static End judge(List<Observation> observations) {
    List<ComparisonTrack.Point> points = track(observations);
    for (int i = 0; i < points.size(); i++) {
      if (points.get(i).logEvidence() >= Math.log(100)) {
        return end(SECONDS * (i + 1), points.get(i));
      }
    }
    return end(-1, points.getLast());
  }

  private static End end(int seconds, ComparisonTrack.Point point) {
    AttributionEvidence.Interval counts = point.worst().counts();
    return new End(
        seconds,
        counts.candidate(),
        counts.candidate() + counts.baseline(),
        counts.candidateErrors());
  }

  /// Judges observations by the comparison of errors.
  static List<ComparisonTrack.Point> track(List<Observation> observations) {
    var check = (Check.Relative) GATE.checks().getLast();
    var view = new CheckView(check, GATE, DEPLOYMENT, Instant.EPOCH, observations);
    return ComparisonTrack.of(check, view).points();
  }

  /// Returns observations of errors of two sides with these requests per second.
  static List<Observation> observations(
      long seed, double candidateRate, double baselineRate, double bad, double baselineBad) {
    var simulated = new SimulatedRelease(seed);
    var counts = new long[LOOKS][4];
    for (int i = 0; i < LOOKS; i++) {
      long nc = simulated.poisson(candidateRate * SECONDS);
      long nb = simulated.poisson(baselineRate * SECONDS);
      long[] more = {nc, nb, simulated.binomial(nc, bad), simulated.binomial(nb, baselineBad)};
      for (int j = 0; j < 4; j++) {
        counts[i][j] = (i == 0 ? 0 : counts[i - 1][j]) + more[j];
      }
    }
    return observations(counts);
  }

  /// Returns observations of these counts since the start: requests of candidate and baseline, and
  /// their errors.
  static List<Observation> observations(long[][] counts) {
    var observations = new ArrayList<Observation>();
    for (int i = 0; i < counts.length; i++) {
      long at = 1000L * SECONDS * (i + 1);
      var reading =
          new Reading.Comparison(
              0,
              List.of(),
              List.of(1.0),
              side(counts[i][0], new long[] {counts[i][2]}, at),
              side(counts[i][1], new long[] {counts[i][3]}, at),
              null,
              null);
      observations.add(new Observation(at, Map.of("errors_vs_baseline", reading)));
    }
    return observations;
  }

  private static Reading.Side side(long total, long[] bad, long at) {
    var each = new ArrayList<Double>();
    for (long one : bad) {
      each.add((double) one);
    }
    return new Reading.Side(total, each, 1, 0, 0, at, null);
  }

  /// Kinds of bad requests are nested, like times over ascending boundaries.
  private void draw(long n, List<Double> fractions, double burst, long[] bad) {
    if (burst == 1) {
      long left = n;
      double before = 1;
      for (int kind = 0; kind < bad.length; kind++) {
        left = before == 0 ? 0 : binomial(left, fractions.get(kind) / before);
        before = fractions.get(kind);
        bad[kind] += left;
      }
      return;
    }
    for (int kind = 0; kind < bad.length; kind++) {
      long bursts = poisson(n * fractions.get(kind) / burst);
      long found = 0;
      for (long i = 0; i < bursts; i++) {
        found += geometric(burst);
      }
      bad[kind] += Math.min(n, found);
    }
  }

  /// The dispersion in half an hour of the baseline before the deployment.
  private double past(Load load, int kind) {
    var bins = new ArrayList<Dispersion.Bin>();
    for (int look = 0; look < LOOKS; look++) {
      long n = poisson((load.candidateRate() + load.baselineRate()) * SECONDS);
      var bad = new long[load.baselineBad().size()];
      draw(n, load.baselineBad(), load.burst(), bad);
      bins.add(new Dispersion.Bin(n, bad[kind]));
    }
    return Dispersion.of(bins);
  }

  long poisson(double mean) {
    if (mean > 500) {
      return Math.max(0, Math.round(mean + Math.sqrt(mean) * random.nextGaussian()));
    }
    double product = random.nextDouble();
    long n = 0;
    double limit = Math.exp(-mean);
    while (product > limit) {
      product *= random.nextDouble();
      n++;
    }
    return n;
  }

  long binomial(long n, double p) {
    if (n * p > 1000 && n * (1 - p) > 1000) {
      double drawn = n * p + Math.sqrt(n * p * (1 - p)) * random.nextGaussian();
      return Math.clamp(Math.round(drawn), 0, n);
    }
    long found = 0;
    for (long i = 0; i < n; i++) {
      found += random.nextDouble() < p ? 1 : 0;
    }
    return found;
  }

  private long geometric(double mean) {
    long n = 1;
    while (random.nextDouble() > 1 / mean) {
      n++;
    }
    return n;
  }
}
