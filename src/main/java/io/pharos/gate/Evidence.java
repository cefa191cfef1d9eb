package io.pharos.gate;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a check's result rests on; a part that the check does not have is null.
///
/// @param value what was seen, as a fraction or a count
/// @param threshold what it is compared with
/// @param total requests
/// @param bad bad requests
/// @param baselineTotal requests of the baseline
/// @param baselineBad bad requests of the baseline
/// @param eValue the evidence for the result, as odds against chance
/// @param needed how much more is needed for a pass
/// @param etaSeconds how long that takes at the present rate
/// @param notes what else is worth knowing
/// @param queries the expressions, to look at
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

  static Evidence none() {
    return new Evidence(null, null, null, null, null, null, null, null, null, List.of(), List.of());
  }

  /// A value and what it is compared with.
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
