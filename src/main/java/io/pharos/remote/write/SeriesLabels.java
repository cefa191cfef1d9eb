package io.pharos.remote.write;

import io.pharos.model.Labels;

/// The labels of a series as sent: a series that can be stored, or why it can't.
sealed interface SeriesLabels {
  record Valid(Labels labels) implements SeriesLabels {}

  record Invalid(String reason) implements SeriesLabels {}
}
