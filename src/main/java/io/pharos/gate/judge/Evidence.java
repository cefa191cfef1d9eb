package io.pharos.gate.judge;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The numbers behind a check's result. A number is null if this kind of check does not compute it.
///
/// @param value observed fraction or count
/// @param threshold the bound that `value` is compared with
/// @param total requests
/// @param bad bad requests
/// @param baselineTotal requests of the baseline
/// @param baselineBad bad requests of the baseline
/// @param eValue the evidence for the result, as odds against chance
/// @param needed number of further requests that are needed for a pass
/// @param etaSeconds seconds until that number of requests arrives at the current rate
/// @param notes further facts for people
/// @param queries the PromQL expressions that were evaluated
public record Evidence(
    @Nullable Double value,
    @Nullable Double threshold,
    @Nullable Long total,
    @Nullable Long bad,
    @Nullable Long baselineTotal,
    @Nullable Long baselineBad,
    @Nullable Double eValue,
    @Nullable Long needed,
    @Nullable Long etaSeconds,
    List<String> notes,
    List<String> queries) {
  public Evidence {
    notes = List.copyOf(notes);
    queries = List.copyOf(queries);
  }

  /// Returns evidence without any number.
  public static Evidence none() {
    return new Evidence(null, null, null, null, null, null, null, null, null, List.of(), List.of());
  }

  /// Returns evidence with only a value and its threshold.
  static Evidence of(double value, double threshold, List<String> notes) {
    return new Evidence(
        value, threshold, null, null, null, null, null, null, null, notes, List.of());
  }

  Evidence withQueries(List<String> others) {
    return new Evidence(
        value,
        threshold,
        total,
        bad,
        baselineTotal,
        baselineBad,
        eValue,
        needed,
        etaSeconds,
        notes,
        others);
  }
}
