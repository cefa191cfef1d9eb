package io.pharos.rules;

import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.storage.Appendable;
import io.pharos.storage.Appender;
import java.util.HashSet;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes what the rules of one group give, and ends the series that they give no more.
final class ResultWriter {
  private static final Logger LOG = LoggerFactory.getLogger(ResultWriter.class);

  private final Appendable results;
  private final String group;

  /// @param group the key of the group
  ResultWriter(Appendable results, String group) {
    this.results = results;
    this.group = group;
  }

  /// Writes what a rule gave, and ends the series that it gave before and not now.
  ///
  /// @return why a sample was refused; empty when none was
  String write(Rule rule, Rule.Result result, long at) {
    List<ResultSample> samples = result.samples();
    var written = HashSet.<Labels>newHashSet(samples.size());
    String refusal = "";
    int refused = 0;
    try (Appender appender = results.appender()) {
      for (ResultSample sample : samples) {
        switch (sample.append(appender, at)) {
          case APPENDED, DUPLICATE -> written.add(sample.labels());
          case DUPLICATE_TIMESTAMP -> {
            refused++;
            refusal = "duplicate sample for timestamp, series " + sample.labels();
          }
          case OUT_OF_ORDER -> {
            refused++;
            refusal = "out of order sample, series " + sample.labels();
          }
          case TOO_OLD -> {
            refused++;
            refusal = "sample too old, series " + sample.labels();
          }
          case LATE_LIMIT -> {
            refused++;
            refusal =
                "the store holds as many out-of-order samples as it may, series " + sample.labels();
          }
          case SERIES_LIMIT -> {
            refused++;
            refusal = "the store holds as many series as it may, refused " + sample.labels();
          }
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

  /// Ends series that no rule writes any more. One that has a newer sample is alive and stays so.
  ///
  /// @param at Unix milliseconds
  /// @return whether the store took the markers
  boolean markStale(List<Labels> series, long at) {
    try (Appender appender = results.appender()) {
      series.forEach(one -> appender.append(one, at, StaleMarker.VALUE));
      appender.commit();
      return true;
    } catch (RuntimeException e) {
      LOG.warn("{} series of group {} can't be marked stale", series.size(), group, e);
      return false;
    }
  }
}
