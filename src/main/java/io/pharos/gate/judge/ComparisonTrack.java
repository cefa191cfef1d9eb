package io.pharos.gate.judge;

import io.pharos.gate.policy.Check;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/// The evidence of one comparison after each observation.
///
/// @param points one for each observation
/// @param dispersion the largest divisor of the evidence's logarithms. They are divided because
///   errors come in bursts
record ComparisonTrack(List<Point> points, double dispersion) {
  /// Minimum number of intervals with bad requests of the candidate before the evidence can be
  /// positive, because the errors of one burst are not independent.
  static final int MIN_DISTINCT = 3;

  ComparisonTrack {
    points = List.copyOf(points);
  }

  /// The evidence after one observation.
  ///
  /// @param logEvidence natural logarithm; 0 without data
  /// @param counts total counts at the boundary with the most evidence
  /// @param boundary that boundary, in seconds; NaN if failed requests are counted
  record Point(double logEvidence, AttributionEvidence.Interval counts, double boundary) {}

  private static final AttributionEvidence.Interval NOTHING =
      new AttributionEvidence.Interval(0, 0, 0, 0);

  static ComparisonTrack of(Check.Comparing check, CheckView view) {
    return switch (check) {
      case Check.Relative relative -> ofCounters(relative, view);
      case Check.Paired paired -> ofPairs(paired, view);
    };
  }

  private static ComparisonTrack ofPairs(Check.Paired check, CheckView view) {
    var points = new ArrayList<Point>();
    var kind = new Kind(check.theta0(), 1, Double.NaN);
    for (Observation observation : view.observations()) {
      if (observation.of(check) instanceof Reading.Pairs pairs) {
        kind.add(
            new AttributionEvidence.Interval(
                pairs.pairs(), pairs.pairs(), pairs.candidateFailed(), pairs.baselineFailed()));
      }
      points.add(point(List.of(kind)));
    }
    return new ComparisonTrack(points, 1);
  }

  private static ComparisonTrack ofCounters(Check.Relative check, CheckView view) {
    var points = new ArrayList<Point>();
    var kinds = new ArrayList<Kind>();
    var cut = new IntervalCut();
    OptionalLong from = OptionalLong.empty();
    double dispersion = 1;
    for (Observation observation : view.observations()) {
      if (view.isCounted(check, observation)
          && observation.of(check) instanceof Reading.Comparison now) {
        if (kinds.isEmpty()) {
          for (int i = 0; i < now.candidate().bad().size(); i++) {
            double boundary = now.boundaries().isEmpty() ? Double.NaN : now.boundaries().get(i);
            double divisor =
                now.dispersion().isEmpty() ? Dispersion.UNKNOWN : now.dispersion().get(i);
            kinds.add(new Kind(check.theta0(), divisor, boundary));
            dispersion = Math.max(dispersion, divisor);
          }
        }
        if (now.candidate().bad().size() == kinds.size()
            && now.baseline().bad().size() == kinds.size()) {
          IntervalCut.Reached reached = reached(now);
          if (from.isPresent() && from.getAsLong() != now.fromMillis()) {
            cut.restart(reached);
          } else {
            List<AttributionEvidence.Interval> interval = cut.end(reached);
            for (int i = 0; i < interval.size(); i++) {
              kinds.get(i).add(interval.get(i));
            }
          }
          from = OptionalLong.of(now.fromMillis());
        }
      }
      points.add(point(kinds));
    }
    return new ComparisonTrack(points, dispersion);
  }

  private static IntervalCut.Reached reached(Reading.Comparison reading) {
    var counts = new ArrayList<AttributionEvidence.Interval>();
    for (int i = 0; i < reading.candidate().bad().size(); i++) {
      counts.add(
          new AttributionEvidence.Interval(
              Math.round(reading.candidate().total()),
              Math.round(reading.baseline().total()),
              Math.round(reading.candidate().bad().get(i)),
              Math.round(reading.baseline().bad().get(i))));
    }
    return new IntervalCut.Reached(
        reading.candidate().newestMillis(),
        OptionalLong.of(reading.baseline().newestMillis()),
        counts);
  }

  private static Point point(List<Kind> kinds) {
    if (kinds.isEmpty()) {
      return new Point(0, NOTHING, Double.NaN);
    }
    Kind worst = kinds.getFirst();
    for (Kind kind : kinds) {
      worst = kind.log() > worst.log() ? kind : worst;
    }
    double mean = LogSpace.mean(kinds.stream().mapToDouble(Kind::log).toArray());
    return new Point(mean, worst.sum, worst.boundary);
  }

  /// One kind of bad request: failed, or slower than a boundary.
  private static final class Kind {
    private final AttributionEvidence evidence;
    private final double dispersion;
    private final double boundary;
    private AttributionEvidence.Interval sum = NOTHING;
    private int distinct;

    Kind(double theta0, double dispersion, double boundary) {
      this.evidence = new AttributionEvidence(theta0);
      this.dispersion = dispersion;
      this.boundary = boundary;
    }

    void add(AttributionEvidence.Interval interval) {
      evidence.add(interval);
      sum =
          new AttributionEvidence.Interval(
              sum.candidate() + interval.candidate(),
              sum.baseline() + interval.baseline(),
              sum.candidateErrors() + interval.candidateErrors(),
              sum.baselineErrors() + interval.baselineErrors());
      distinct += interval.candidateErrors() > 0 ? 1 : 0;
    }

    /// Returns the logarithm of the evidence, divided by the dispersion. It is at most 0 until
    /// enough intervals had bad requests.
    double log() {
      double log = evidence.log() / dispersion;
      return distinct < MIN_DISTINCT ? Math.min(0, log) : log;
    }
  }
}
