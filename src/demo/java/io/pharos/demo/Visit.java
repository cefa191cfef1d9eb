package io.pharos.demo;

import java.time.Instant;
import java.util.OptionalInt;

/// A simulated request and its outcome.
///
/// @param route the route's template, or [RequestLedger#UNKNOWN]
/// @param query the query of the address; empty for none
/// @param status the status of the response
/// @param code the code of the response's envelope; empty without an envelope
/// @param seconds the duration of the request
/// @param isStream whether the request was a stream that has just ended
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
