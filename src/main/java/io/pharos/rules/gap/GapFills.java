package io.pharos.rules.gap;

import io.pharos.model.Labels;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryResult;
import io.pharos.promql.value.Value;
import io.pharos.storage.Queryable;
import io.pharos.trouble.ObservationGaps;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Evaluates expressions under each assumption about the samples that are missing in past gaps, and
/// about the times of samples before a step of the clock. By default it finds no gaps. Thread-safe.
public interface GapFills {
  /// Finds no gaps: for samples of another server, and for rules as Prometheus evaluates them.
  GapFills NONE = new GapFills() {};

  /// The results of an expression under each assumption.
  ///
  /// @param results one for each assumption, in no particular order; the result without assumptions
  ///   may be left out
  /// @param reason the gaps in the windows of the expression, for people
  record Filled(List<QueryResult> results, String reason) {
    public Filled {
      results = List.copyOf(results);
    }

    /// Returns these results and those under more assumptions, with the gaps of the latter.
    public Filled and(Filled more) {
      var all = new ArrayList<>(results);
      all.addAll(more.results);
      return new Filled(all, more.reason);
    }

    /// Returns what the alerts under each assumption have in common.
    ///
    /// @param alerts returns the alerts of a result
    public Certainty certainty(Function<Value, Set<Labels>> alerts) {
      return Certainty.of(
          results.stream().map(result -> alerts.apply(result.value())).toList(), reason);
    }
  }

  /// Evaluates a query at one time under each assumption about the samples that Pharos failed to
  /// collect. Returns empty if no gap is in the windows of its expression, so that its result is
  /// certain.
  ///
  /// @param now end of the known samples, in Unix milliseconds: at or after the time of the query
  default Optional<Filled> evaluate(Query query, long now) {
    return Optional.empty();
  }

  /// Evaluates a query without gaps in its windows that was not evaluated in time. Returns empty if
  /// it fails: then nothing is known.
  default Optional<Filled> late(Query query) {
    return Optional.empty();
  }

  /// Returns whether a gap of Pharos that has samples before it is in the windows of a query: not
  /// only the time before the first sample. Costs much less than [#evaluate].
  ///
  /// @param now as in [#evaluate]
  default boolean isInterrupted(Query query, long now) {
    return false;
  }

  /// Evaluates a query as [#evaluate] does, but also as if the series of targets that failed had
  /// continued while they failed, and as if series that targets lost still continued. Returns empty
  /// if there are none in the windows.
  default Optional<Filled> continued(Query query, long now) {
    return Optional.empty();
  }

  /// Returns the labels of the sources whose next samples were overdue, if each element of the
  /// query comes from series of one source; otherwise none. All assumptions repeat the newest
  /// samples of such a source, so they do not show that the condition ended since.
  ///
  /// @param now as in [#evaluate]
  default Set<Labels> overdue(Query query, long now) {
    return Set.of();
  }

  /// Returns the labels, without the name, of those series set by [#setUnknown] that a query reads,
  /// itself or through recorded series. Elements with these labels may combine old and new values.
  default Set<Labels> unknown(Query query) {
    return Set.of();
  }

  /// Replaces the recording rules. The series that they record are computed anew from the assumed
  /// samples.
  default void use(List<Recordings.Recording> rules) {}

  /// Returns whether exactly one rule records a metric: then its series end when that rule no
  /// longer returns them.
  default boolean isRecordedOnce(String metric) {
    return false;
  }

  /// Sets the series of a metric that an earlier process recorded and that its rule may not return
  /// any more, instead of those that were set before.
  ///
  /// @param series their labels without the name
  default void setUnknown(String metric, Set<Labels> series) {}

  /// Returns fills of the gaps of a store.
  ///
  /// @param engine returns the evaluator of another store, without a cache
  static GapFills of(ObservationGaps gaps, Queryable store, Function<Queryable, Evaluator> engine) {
    return new StoreGapFills(gaps, store, engine);
  }
}
