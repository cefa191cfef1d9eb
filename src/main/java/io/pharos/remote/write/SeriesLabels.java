package io.pharos.remote.write;

import io.pharos.model.Labels;

/// The labels of a series as sent: valid, or the reason why they are not.
sealed interface SeriesLabels {
  record Valid(Labels labels) implements SeriesLabels {}

  record Invalid(String reason) implements SeriesLabels {}
}
