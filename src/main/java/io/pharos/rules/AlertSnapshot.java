package io.pharos.rules;

import io.pharos.model.Labels;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A pending or firing alert after the last evaluation.
///
/// @param activeAt time since which the condition holds
/// @param firedAt time since which the alert fires; null while it is pending
/// @param keepFiringSince time at which the condition ended, if the alert fires only because of
///   `keep_firing_for`; else null
/// @param value value of the expression when the condition last held
public record AlertSnapshot(
    Labels labels,
    Labels annotations,
    AlertState state,
    Instant activeAt,
    @Nullable Instant firedAt,
    @Nullable Instant keepFiringSince,
    double value) {}
