package io.pharos.tap;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// One line of the access log.
///
/// @param time when the request came
/// @param route the pattern, or `unknown`
/// @param path as it came, without the query
/// @param query without its secrets; empty for none
/// @param status what the client got; 499 where it went before an answer began
/// @param code the envelope's
/// @param fault why it is the tap that answered, or broke off
/// @param faultDetail what was found of that; empty for nothing
/// @param seconds from the first byte of the request to the last of the answer
/// @param requestBytes of the body
/// @param responseBytes of the body
/// @param client its address
/// @param userAgent empty for none
/// @param upgrade whether the connection became a WebSocket or another protocol
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
