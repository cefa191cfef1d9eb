package io.pharos.tap;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// One line of the access log.
///
/// @param time start of the exchange
/// @param route pattern of the matching route, or `unknown`
/// @param path path as sent, without the query
/// @param query query with secrets redacted; empty if there is none
/// @param status status that the client received; 499 if the client disconnected before an answer
///   started
/// @param code envelope code; empty if the answer has none
/// @param fault why the answer of the backend is missing or incomplete; empty if it is complete
/// @param faultDetail message of the underlying error; may be empty
/// @param seconds time from the first byte of the request to the last byte of the answer
/// @param requestBytes size of the body of the request
/// @param responseBytes size of the body of the answer
/// @param client IP address of the client
/// @param upgrade whether the connection switched to WebSocket or another protocol
public record AccessEntry(
    Instant time,
    String method,
    String route,
    String path,
    String query,
    int status,
    OptionalInt code,
    Optional<UpstreamFault> fault,
    String faultDetail,
    double seconds,
    long requestBytes,
    long responseBytes,
    String client,
    String userAgent,
    String requestId,
    @Nullable TraceContext trace,
    boolean upgrade) {}
