package io.pharos.rules;

import static java.util.Objects.requireNonNull;

import io.pharos.model.Labels;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// One pending or firing alert as its last evaluation left it.
///
/// @param activeAt since when the condition holds
/// @param firedAt since when it fires; null while pending
/// @param keepFiringSince when the condition was first missed by `keep_firing_for`; null otherwise
/// @param value what the expression gave when the condition was last seen
public record AlertSnapshot(
    Labels labels,
    Labels annotations,
    AlertState state,
    Instant activeAt,
    @Nullable Instant firedAt,
    @Nullable Instant keepFiringSince,
    double value) {
  public AlertSnapshot {
    requireNonNull(labels, "labels is null");
    requireNonNull(annotations, "annotations is null");
    requireNonNull(state, "state is null");
    requireNonNull(activeAt, "activeAt is null");
  }
}
