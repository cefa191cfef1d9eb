package io.pharos.demo;

import java.time.Instant;
import java.util.OptionalInt;

/// A simulated request and its outcome.
///
/// @param route the template, or [RequestLedger#UNKNOWN]
/// @param query empty for none
/// @param status of the answer
/// @param code of its envelope; absent for none
/// @param seconds its duration
/// @param isStream whether it is a stream that has just ended
record Visit(
    Instant time,
    String method,
    String route,
    String path,
    String query,
    String ip,
    String userAgent,
    int status,
    OptionalInt code,
    double seconds,
    boolean isStream) {}
