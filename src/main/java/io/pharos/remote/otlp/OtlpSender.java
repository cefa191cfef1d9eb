package io.pharos.remote.otlp;

import java.util.List;
import java.util.SortedMap;

/// What sent metrics, with them.
///
/// @param attributes by name, their values as text
record OtlpSender(SortedMap<String, String> attributes, List<OtlpMetric> metrics) {
  OtlpSender {
    metrics = List.copyOf(metrics);
  }
}
