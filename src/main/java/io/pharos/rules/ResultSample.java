package io.pharos.rules;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appender;
import org.jspecify.annotations.Nullable;

/// One sample that a rule writes: a float, or a histogram beside which the float has no meaning.
record ResultSample(Labels labels, double value, @Nullable Histogram histogram) {
  ResultSample(Labels labels, double value) {
    this(labels, value, null);
  }

  AppendOutcome append(Appender appender, long atMillis) {
    return histogram == null
        ? appender.append(labels, atMillis, value)
        : appender.append(labels, atMillis, histogram);
  }
}
