package io.pharos.config.pharos;

import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import java.time.Duration;
import java.util.List;

/// An address that is called at each interval while Pharos is well, so that the other side raises
/// an alarm when the calls stop.
///
/// @param name for people and metrics
/// @param url a secret, because it may contain tokens
/// @param failUrl called instead of the address while Pharos is not well; unset for no call
/// @param method one of [#METHODS]
/// @param timeout of one call
public record OutboundHeartbeat(
    String name,
    SecretSource url,
    SecretSource failUrl,
    String method,
    Duration interval,
    Duration timeout,
    HttpOptions http) {
  /// The methods of calls.
  public static final List<String> METHODS = List.of("GET", "POST");

  /// With the shortest interval, this many heartbeats make one call per second.
  public static final int MAX = 10;

  /// Names are labels of metrics and part of log lines.
  public static final int MAX_NAME = 60;

  public OutboundHeartbeat {
    if (name.isBlank() || name.length() > MAX_NAME) {
      throw new IllegalArgumentException("expected a name of 1 to " + MAX_NAME + " characters");
    }
  }
}
