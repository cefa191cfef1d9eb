package io.pharos.rules;

import io.pharos.model.Labels;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A pending or firing alert after the last evaluation.
///
/// @param sent labels with which the alert is sent: its labels and the external labels
/// @param isHeld whether the last evaluation could not tell whether the condition holds, because
///   data may be missing; the alert keeps its state then
/// @param activeAt time since which the condition holds
/// @param firedAt time since which the alert fires; null while it is pending
/// @param keepFiringSince time at which the condition ended, if the alert fires only because of
///   `keep_firing_for`; else null
/// @param value value of the expression when the condition last held
public record AlertSnapshot(
    Labels labels,
    Labels sent,
    Labels annotations,
    AlertState state,
    boolean isHeld,
    Instant activeAt,
    @Nullable Instant firedAt,
    @Nullable Instant keepFiringSince,
    double value) {}
