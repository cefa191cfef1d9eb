package io.pharos.oncall.window;

import java.time.Instant;

/// A maintenance window that a person planned by a request.
///
/// @param name unique among the stored ones
/// @param text the keys of a window in `oncall.yml`, without its name, as YAML or JSON
/// @param by who planned it
/// @param at when it was planned
public record StoredWindow(String name, String text, String by, Instant at) {}
