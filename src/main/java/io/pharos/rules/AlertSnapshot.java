package io.pharos.rules;

import io.pharos.model.Labels;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A pending or firing alert after the last evaluation.
///
/// @param activeAt start of the condition
/// @param firedAt start of firing; null while pending
/// @param keepFiringSince start of `keep_firing_for`; null if the condition holds
/// @param value value of the expression when the condition last held
public record AlertSnapshot(
    Labels labels,
    Labels annotations,
    AlertState state,
    Instant activeAt,
    @Nullable Instant firedAt,
    @Nullable Instant keepFiringSince,
    double value) {}
