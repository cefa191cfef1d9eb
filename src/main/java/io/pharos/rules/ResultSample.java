package io.pharos.rules;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appender;
import org.jspecify.annotations.Nullable;

/// A sample to write: a float, or a histogram, in which case the value is ignored.
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
