package io.pharos.rules;

import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appendable;
import io.pharos.storage.Appender;
import java.util.HashSet;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes the results of one group's rules, and staleness markers for series that ended.
final class ResultWriter {
  private static final Logger LOG = LoggerFactory.getLogger(ResultWriter.class);

  private final Appendable results;
  private final String group;

  /// @param group key of the group
  ResultWriter(Appendable results, String group) {
    this.results = results;
    this.group = group;
  }

  /// Writes the result of a rule, and staleness markers for series that the rule no longer returns.
  ///
  /// @param at time of the samples, in Unix milliseconds
  /// @return why samples were refused; empty if the store accepted all samples
  String write(Rule rule, Rule.Result result, long at) {
    List<Rule.Sample> samples = result.samples();
    var written = HashSet.<Labels>newHashSet(samples.size());
    String refusal = "";
    int refused = 0;
    try (Appender appender = results.appender()) {
      if (rule instanceof AlertingRule) {
        appender.useReserve();
      }
      for (Rule.Sample sample : samples) {
        String reason = refusal(sample.append(appender, at));
        if (reason.isEmpty()) {
          written.add(sample.labels());
        } else {
          refused++;
          refusal = reason + ", series " + sample.labels();
        }
      }
      for (Labels series : rule.written()) {
        if (result.held().contains(series)) {
          written.add(series);
        } else if (!written.contains(series)) {
          appender.append(series, at, StaleMarker.VALUE);
        }
      }
      appender.commit();
    }
    rule.setWritten(written);
    return refused == 0
        ? ""
        : "%d of %d samples refused, the last: %s".formatted(refused, samples.size(), refusal);
  }

  private static String refusal(AppendOutcome outcome) {
    return switch (outcome) {
      case APPENDED, DUPLICATE -> "";
      case DUPLICATE_TIMESTAMP -> "duplicate sample for timestamp";
      case OUT_OF_ORDER -> "out of order sample";
      case TOO_OLD -> "sample too old";
      case LATE_LIMIT -> "the store's limit of out-of-order samples is reached";
      case SERIES_LIMIT -> "the store has no room for more series";
    };
  }

  /// Writes staleness markers for series that no rule writes any more. The store ignores a marker
  /// if the series has a newer sample.
  ///
  /// @param at Unix milliseconds
  /// @return whether the store accepted the markers
  boolean markStale(List<Labels> series, long at) {
    try (Appender appender = results.appender()) {
      series.forEach(labels -> appender.append(labels, at, StaleMarker.VALUE));
      appender.commit();
      return true;
    } catch (RuntimeException e) {
      LOG.warn("{} series of group {} can't be marked stale", series.size(), group, e);
      return false;
    }
  }
}
