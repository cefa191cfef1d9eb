package io.pharos.server.app;

import io.pharos.ingest.scrape.ScrapeManager;
import io.pharos.model.LabelMatcher;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.remote.write.ReceivedMetadata;
import io.pharos.server.web.query.SeriesIndex;
import io.pharos.storage.Queryable;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// The labels of the embedded store's series, or of the remote engine's by queries.
///
/// @param isRemote whether the samples are in a remote engine
record EngineSeriesIndex(
    Queryable samples,
    Evaluator evaluator,
    boolean isRemote,
    ScrapeManager scrapes,
    ReceivedMetadata received,
    InstantSource clock,
    Recent recent)
    implements SeriesIndex {
  private static final Duration RANGE = Duration.ofHours(1);
  private static final Duration MAX_AGE = Duration.ofMinutes(1);

  /// The metadata that was merged last.
  static final class Recent {
    private Instant at = Instant.MIN;
    private Map<String, Metadata> metadata = Map.of();
  }

  @Override
  public List<String> labelNames(List<LabelMatcher> matchers) {
    long now = clock.millis();
    if (!isRemote) {
      return samples.labelNames(matchers, now - RANGE.toMillis(), now);
    }
    var names = new TreeSet<String>();
    if (evaluator.instant("topk(1000, " + selector(matchers) + ")", now).value()
        instanceof InstantVector vector) {
      for (int i = 0; i < vector.size(); i++) {
        names.addAll(vector.labels(i).toMap().keySet());
      }
    }
    return List.copyOf(names);
  }

  @Override
  public List<String> labelValues(String label, List<LabelMatcher> matchers) {
    long now = clock.millis();
    if (!isRemote) {
      return samples.labelValues(label, matchers, now - RANGE.toMillis(), now);
    }
    return evaluator.instant("group by (" + label + ") (" + selector(matchers) + ")", now).value()
            instanceof InstantVector vector
        ? IntStream.range(0, vector.size())
            .mapToObj(i -> vector.labels(i).get(label))
            .filter(value -> !value.isEmpty())
            .sorted()
            .toList()
        : List.of();
  }

  private static String selector(List<LabelMatcher> matchers) {
    return matchers.isEmpty()
        ? "{__name__!=\"\"}"
        : matchers.stream().map(LabelMatcher::toString).collect(Collectors.joining(",", "{", "}"));
  }

  @Override
  public Map<String, Metadata> metadata() {
    Instant now = clock.instant();
    synchronized (recent) {
      if (!recent.at.plus(MAX_AGE).isAfter(now) || recent.at.isAfter(now)) {
        recent.metadata = merged();
        recent.at = now;
      }
      return recent.metadata;
    }
  }

  private Map<String, Metadata> merged() {
    var all = new TreeMap<String, Metadata>();
    received
        .all()
        .forEach(one -> all.put(one.family(), new Metadata(one.type(), one.help(), one.unit())));
    scrapes
        .targets()
        .active()
        .forEach(
            target ->
                target
                    .metadata()
                    .forEach(
                        (name, one) ->
                            all.put(name, new Metadata(one.type(), one.help(), one.unit()))));
    return Map.copyOf(all);
  }
}
