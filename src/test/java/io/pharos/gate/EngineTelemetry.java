package io.pharos.gate;

import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.promql.remote.EngineUnderTest;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryResult;
import io.pharos.storage.Appender;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The telemetry of [GateRig] behind an engine: samples of a selector become a series that the
/// selector matches.
///
/// The rig counts all requests and the bad ones among them, and both selectors match the series of
/// bad ones. So the other series contains the good ones.
final class EngineTelemetry extends FakeTelemetry {
  private static final Pattern MATCHER = Pattern.compile("(\\w+)(=~?)\"([^\"]*)\"");

  private final EngineUnderTest engine;
  private double total;

  EngineTelemetry(EngineUnderTest engine) {
    this.engine = engine;
  }

  @Override
  public void add(String selector, Labels labels, long millis, double value) {
    if (StaleMarker.is(value)) {
      append(selector, labels, millis, value); // no arithmetic keeps its bits
      return;
    }
    switch (selector) {
      case GateRig.TOTAL -> total = value; // the bad ones follow, and then it is known
      case GateRig.BAD -> {
        append(selector, labels, millis, value);
        append(GateRig.TOTAL, labels, millis, total - value);
      }
      default -> append(selector, labels, millis, value);
    }
  }

  private void append(String selector, Labels labels, long millis, double value) {
    int brace = selector.indexOf('{');
    Labels.Builder series = Labels.builder();
    labels.toMap().forEach(series::set);
    series.set("__name__", selector.substring(0, brace));
    for (Matcher matcher = MATCHER.matcher(selector); matcher.find(); ) {
      series.set(
          matcher.group(1),
          matcher.group(2).equals("=") ? matcher.group(3) : matcher.group(3).replace('.', '0'));
    }
    try (Appender appender = engine.samples().appender()) {
      appender.append(series.build(), millis, value);
      appender.commit();
    }
  }

  @Override
  public void quiet(Instant now) {
    super.quiet(now);
    engine.settle();
  }

  @Override
  public QueryResult evaluate(Query query) {
    return engine.evaluator().evaluate(query);
  }
}
