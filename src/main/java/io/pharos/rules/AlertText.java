package io.pharos.rules;

import io.pharos.model.Labels;
import io.pharos.promql.value.Evaluator;

/// A label or annotation of an alert, which may be a template.
final class AlertText {
  /// What a template sees of one sample.
  ///
  /// @param labels those of the sample, with its metric name
  /// @param evaluator answers `query`, at the slot
  record Data(
      Labels labels,
      double value,
      Labels externalLabels,
      String externalUrl,
      Evaluator evaluator,
      long slot) {}

  private final String text;

  private AlertText(String text) {
    this.text = text;
  }

  static AlertText parse(String text) {
    return new AlertText(text);
  }

  String expand(Data data) {
    return text + (data.slot == 0 ? "" : " ").strip();
  }
}
