package io.pharos.rules.gap;

import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryResult;
import io.pharos.storage.Queryable;
import io.pharos.trouble.ObservationGaps;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Evaluates expressions under each assumption about the samples that are missing in past gaps, and
/// about the times of samples before a step of the clock. Thread-safe.
@FunctionalInterface
public interface GapFills {
  /// Finds no gaps: for samples of another server, and for rules as Prometheus evaluates them.
  GapFills NONE = (_, _) -> Optional.empty();

  /// The results of an expression under each assumption.
  ///
  /// @param results one for each assumption, in no particular order
  /// @param reason the gaps in the windows of the expression, for people
  record Filled(List<QueryResult> results, String reason) {
    public Filled {
      results = List.copyOf(results);
    }
  }

  /// Evaluates a query at one time under each assumption. Returns empty if no gap is in the windows
  /// of its expression, so that its result is certain.
  ///
  /// @param now end of the known samples, in Unix milliseconds: at or after the time of the query
  Optional<Filled> evaluate(Query query, long now);

  /// Returns fills of the gaps of a store.
  ///
  /// @param engine returns the evaluator of another store, without a cache
  static GapFills of(ObservationGaps gaps, Queryable store, Function<Queryable, Evaluator> engine) {
    return (query, now) -> {
      List<ObservationGaps.Missing> missing = gaps.missing(now);
      // Only PromQL is parsed here; gaps of Pharos do not affect the lines in Loki.
      if (missing.isEmpty() || query.tree().isEmpty()) {
        return Optional.empty();
      }
      long interval = gaps.shortestInterval(FilledSamples.DEFAULT_SPACING_MILLIS);
      var results = new ArrayList<QueryResult>();
      List<ObservationGaps.Missing> touched = List.of();
      for (FilledSamples.Times times : FilledSamples.Times.values()) {
        for (Fill fill : Fill.values()) {
          var samples = new FilledSamples(store, missing, fill, times, interval, now);
          results.add(engine.apply(samples).evaluate(query));
          touched = samples.touched();
          if (touched.isEmpty()) {
            return Optional.empty();
          }
        }
        if (touched.stream().allMatch(gap -> gap.stepMillis() == 0)) {
          break;
        }
      }
      return Optional.of(new Filled(results, ObservationGaps.Missing.text(touched)));
    };
  }
}
