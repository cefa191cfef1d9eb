package io.pharos.gate.judge;

import java.util.List;
import java.util.Map;

/// What Kayenta's and Flagger's rules say of the same streams, with their defaults. A stream has
/// one value per 10 s; NaN where there was no data.
public final class RivalRules {
  private RivalRules() {}

  /// The error rate and the p99 of both sides.
  public record Streams(
      double[] errors, double[] baselineErrors, double[] p99, double[] baselineP99) {}

  /// Kayenta: Mann-Whitney on each metric, an increase is bad, both metrics count half; 95 passes
  /// and 75 is marginal.
  public static String kayenta(Streams streams) {
    var metric =
        new Kayenta.Metric(0.25, 0.98, false, 1, 1, 1, 1, true, false, false, false, false);
    List<Kayenta.Scored> scored =
        List.of(
            scored("errors", streams.baselineErrors(), streams.errors(), metric),
            scored("latency", streams.baselineP99(), streams.p99(), metric));
    double score = Kayenta.score(scored, Map.of()).summary();
    return score >= 95 ? "PASS" : score >= 75 ? "MARGINAL" : "FAIL";
  }

  private static Kayenta.Scored scored(
      String group, double[] control, double[] experiment, Kayenta.Metric metric) {
    Kayenta.Judged judged =
        Kayenta.mannWhitney(Kayenta.removeNaN(control), Kayenta.removeNaN(experiment), metric);
    return new Kayenta.Scored(judged.found(), judged.critical(), List.of(group));
  }

  /// Flagger: every 30 s the success rate must be at least 99 % and the p99 at most 500 ms; a
  /// missing value is a failed check, and the second failed check rolls back.
  public static String flagger(Streams streams) {
    int failed = 0;
    for (int i = 2; i < streams.errors().length; i += 3) {
      boolean isGood =
          1 - streams.errors()[i] >= 0.99 && i < streams.p99().length && streams.p99()[i] <= 0.5;
      failed += isGood ? 0 : 1;
      if (failed == 2) {
        return "FAIL";
      }
    }
    return streams.errors().length < 3 ? "FAIL" : "PASS";
  }
}
