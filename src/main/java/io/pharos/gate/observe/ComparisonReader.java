package io.pharos.gate.observe;

import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.judge.Observation;
import io.pharos.gate.judge.Reading;
import io.pharos.gate.policy.Check;
import io.pharos.gate.policy.ComparisonSide;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.RangeMatrix;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Reads the counters and gauges of both sides of a comparison.
///
/// @param samples reads samples since the deployment started
/// @param start when the candidate was first observed
record ComparisonReader(
    Evaluator evaluator, SampleReader samples, Deployment deployment, CandidateStart start) {
  /// How long before the deployment the measurement of the baseline's bursts of bad requests
  /// begins. A candidate in place is compared with the same time.
  private static final Duration HISTORY = Duration.ofHours(1);

  private static final Duration DAY = Duration.ofDays(1);

  /// The bursts are unknown if the baseline's oldest sample is from less than this before the
  /// deployment.
  private static final Duration MIN_HISTORY = Duration.ofMinutes(30);

  /* The boundaries and the bursts are read once, so that all observations of a gate count the same
   * kinds of bad requests. */

  /// Reads a comparison.
  ///
  /// @param fromMillis time since which requests count, Unix milliseconds
  /// @param before the previous reading of this comparison
  Reading read(Check.Relative check, long fromMillis, Optional<Reading.Comparison> before) {
    boolean inPlace = check.isInPlace(deployment);
    if (!inPlace && !check.templates().stream().allMatch(text -> text.hasBaseline(deployment))) {
      return new Reading.Comparison(
          fromMillis,
          check.boundaries(),
          List.of(),
          Reading.Side.none(),
          Reading.Side.none(),
          null,
          null);
    }
    var candidate = SideCounters.read(check, ComparisonSide.CANDIDATE, deployment, samples);
    if (inPlace) {
      Earlier hour = justBefore(check, fromMillis);
      Earlier day = dayBefore(check, fromMillis);
      return hour.isKnown()
          ? read(check, fromMillis, candidate, hour, Optional.of(day), before)
          : read(check, fromMillis, candidate, day, Optional.empty(), before);
    }
    var counters = SideCounters.read(check, ComparisonSide.BASELINE, deployment, samples);
    long sinceMillis = samples.since().toEpochMilli();
    boolean isKnown = counters.isKnownAt(sinceMillis);
    var baseline =
        new Earlier(counters, series -> ofBaseline(series, isKnown, sinceMillis, fromMillis));
    return read(check, fromMillis, candidate, baseline, Optional.empty(), before);
  }

  /// The counters of a baseline and how much each increased.
  private record Earlier(
      SideCounters counters, Function<RangeMatrix.Series, CounterIncrease> increase) {
    boolean isKnown() {
      return !counters.isEmpty();
    }
  }

  private Reading read(
      Check.Relative check,
      long fromMillis,
      SideCounters candidate,
      Earlier baseline,
      Optional<Earlier> dayBefore,
      Optional<Reading.Comparison> before) {
    List<Double> boundaries =
        before
            .map(Reading.Comparison::boundaries)
            .filter(known -> !known.isEmpty())
            .orElseGet(() -> candidate.boundariesWith(baseline.counters));
    if (candidate.lacksAny(boundaries) || baseline.counters.lacksAny(boundaries)) {
      return new Reading.Unavailable(
          "the histogram of one side lacks a bucket of " + boundaries + " s, which the other has");
    }
    List<String> routes =
        candidate.routesWith(
            baseline.counters, before.map(Reading.Comparison::candidate).map(Reading.Side::routes));
    long sinceMillis = samples.since().toEpochMilli();
    Function<Earlier, Reading.Side> side =
        each -> each.counters.side(boundaries, routes, each.increase);
    boolean inPlace = check.isInPlace(deployment);
    return new Reading.Comparison(
        fromMillis,
        boundaries,
        before.map(Reading.Comparison::dispersion).orElseGet(() -> dispersion(check, boundaries)),
        candidate.side(boundaries, routes, series -> ofCandidate(series, sinceMillis, fromMillis)),
        inPlace ? asOfNow(side.apply(baseline)) : side.apply(baseline),
        dayBefore.filter(Earlier::isKnown).map(side).map(this::asOfNow).orElse(null),
        inPlace ? null : besideMillis(check, candidate, baseline.counters, fromMillis));
  }

  /* A baseline without requests proves nothing if it had some before the deployment: the release
   * was announced after the switch. Otherwise it is a first release, or nobody comes. */
  private @Nullable Long besideMillis(
      Check.Relative check, SideCounters candidate, SideCounters baseline, long fromMillis) {
    long since = samples.since().toEpochMilli();
    Long beside = candidate.besideMillis(baseline, fromMillis, samples.now().toEpochMilli());
    return beside == null && hourBefore(check).hasRequests(since - HISTORY.toMillis(), since)
        ? Long.valueOf(0)
        : beside;
  }

  private SideCounters hourBefore(Check.Relative check) {
    Instant since = samples.since();
    return SideCounters.read(
        check,
        ComparisonSide.BASELINE,
        deployment,
        new SampleReader(evaluator, since.minus(HISTORY), since));
  }

  /* Data of the past has no age. */
  private Reading.Side asOfNow(Reading.Side side) {
    return new Reading.Side(
        side.total(),
        side.bad(),
        side.series(),
        0,
        side.notNumbers(),
        side.series() == 0 ? 0 : samples.now().toEpochMilli(),
        side.routes());
  }

  /// Reads the previous release over as long a time as the candidate has run, just before the
  /// deployment, but at most over [#HISTORY].
  private Earlier justBefore(Check.Relative check, long fromMillis) {
    Instant since = samples.since();
    return earlier(
        check, since.minus(HISTORY), since, since.toEpochMilli() - elapsedMillis(fromMillis));
  }

  /// Reads the previous release at the same times on the day before.
  private Earlier dayBefore(Check.Relative check, long fromMillis) {
    Instant now = samples.now().minus(DAY);
    return earlier(
        check,
        samples.since().minus(DAY),
        now.isBefore(samples.since()) ? now : samples.since(),
        now.toEpochMilli() - elapsedMillis(fromMillis));
  }

  private long elapsedMillis(long fromMillis) {
    long from = Math.max(fromMillis, start.first(samples.since().toEpochMilli()));
    return Math.max(0, samples.now().toEpochMilli() - from);
  }

  private Earlier earlier(Check.Relative check, Instant since, Instant end, long fromMillis) {
    // Readers look ahead, but samples after the end may be the candidate's.
    var past = new SampleReader(evaluator, since, end.minus(Observation.LOOKAHEAD));
    var counters = SideCounters.read(check, ComparisonSide.BASELINE, deployment, past);
    long sinceMillis = since.toEpochMilli();
    boolean isKnown = counters.isKnownAt(sinceMillis);
    return new Earlier(counters, series -> increase(series, isKnown, sinceMillis, fromMillis));
  }

  /// Reads the mean of a gauge's newest samples on each side.
  Reading levels(Check.Gauge check) {
    if (!check.selector().hasBaseline(deployment)) {
      return new Reading.Levels(0, 0, 0, 0);
    }
    Level candidate = level(check, ComparisonSide.CANDIDATE);
    Level baseline = level(check, ComparisonSide.BASELINE);
    return new Reading.Levels(
        candidate.value, baseline.value, candidate.newestMillis, baseline.newestMillis);
  }

  private record Level(double value, long newestMillis) {}

  private Level level(Check.Gauge check, ComparisonSide side) {
    double sum = 0;
    int series = 0;
    long newest = 0;
    for (SampleReader.Series each : samples.read(check.selector().expand(deployment, side))) {
      int last = each.values().length - 1;
      if (!each.gone() && Double.isFinite(each.values()[last])) {
        sum += each.values()[last];
        series++;
        newest = Math.max(newest, each.times()[last]);
      }
    }
    return new Level(series == 0 ? 0 : sum / series, newest);
  }

  private CounterIncrease ofCandidate(
      RangeMatrix.Series series, long sinceMillis, long fromMillis) {
    OptionalLong born = start.born(series.labels());
    return CounterIncrease.after(
        sinceMillis,
        born.isPresent() ? fromMillis : Math.max(fromMillis, start.first(sinceMillis)),
        born,
        series.timestamps(),
        series.values());
  }

  private CounterIncrease ofBaseline(
      RangeMatrix.Series series, boolean isKnown, long sinceMillis, long fromMillis) {
    return increase(series, isKnown, sinceMillis, Math.max(fromMillis, start.first(sinceMillis)));
  }

  /* The baseline also ran before the deployment. If it has no samples from then, the first value of
   * each counter is used as the value at the start of the deployment. */
  private static CounterIncrease increase(
      RangeMatrix.Series series, boolean isKnown, long sinceMillis, long fromMillis) {
    long first = isKnown ? sinceMillis : series.timestamps()[0];
    return CounterIncrease.after(
        first,
        Math.max(fromMillis, first),
        OptionalLong.empty(),
        series.timestamps(),
        series.values());
  }

  private List<Double> dispersion(Check.Relative check, List<Double> boundaries) {
    long sinceMillis = samples.since().toEpochMilli();
    SideCounters counters = hourBefore(check);
    return counters.isKnownAt(sinceMillis - MIN_HISTORY.toMillis())
            && !counters.lacksAny(boundaries)
        ? counters.dispersion(boundaries, sinceMillis - HISTORY.toMillis(), sinceMillis)
        : List.of();
  }
}
