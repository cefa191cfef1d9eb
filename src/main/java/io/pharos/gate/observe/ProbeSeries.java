package io.pharos.gate.observe;

import io.pharos.model.PromDuration;
import io.pharos.model.Quoted;
import io.pharos.model.StaleMarker;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.RangeMatrix;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/// Reads probe results from the series `probe_success`, which every prober writes: 1 or 0 per run.
///
/// @param nameLabel the label of `probe_success` that contains the probe's name
public record ProbeSeries(Evaluator evaluator, String nameLabel) implements CandidateProbes {
  @Override
  public Answer read(List<String> names, Instant since, Instant now) {
    var results = new ArrayList<Result>();
    for (String name : names) {
      String expression =
          "probe_success{%s=%s}[%s]".formatted(nameLabel, Quoted.of(name), window(since, now));
      try {
        var value = evaluator.instant(expression, now.toEpochMilli()).value();
        if (!(value instanceof RangeMatrix matrix)) {
          return new Answer.Unknown(
              "expected a matrix as the result of " + expression + ", found " + value.typeName());
        }
        Result result = merge(name, matrix, since.toEpochMilli());
        if (!result.times().isEmpty()) {
          results.add(result);
        }
      } catch (QueryException e) {
        return new Answer.Unknown(expression + ": " + e.reason());
      }
    }
    return new Answer.Known(results);
  }

  private static String window(Instant since, Instant now) {
    return PromDuration.format(Math.max(1, now.toEpochMilli() - since.toEpochMilli()));
  }

  /// Merges several series of one probe, from several probers or from before and after a change of
  /// labels. If a success and a failure have the same time, the failure is kept.
  private static Result merge(String name, RangeMatrix matrix, long sinceMillis) {
    var merged = new TreeMap<Long, Boolean>();
    for (RangeMatrix.Series series : matrix.series()) {
      for (int i = 0; i < series.size(); i++) {
        double value = series.values()[i];
        if (series.timestamps()[i] > sinceMillis && !StaleMarker.is(value)) {
          merged.merge(series.timestamps()[i], value == 1, Boolean::logicalAnd);
        }
      }
    }
    return new Result(name, List.copyOf(merged.keySet()), List.copyOf(merged.values()));
  }
}
