package io.pharos.rules;

import io.pharos.model.Labels;

/// One sample that a rule writes.
record ResultSample(Labels labels, double value) {}
