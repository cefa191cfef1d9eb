package io.pharos.cli.serve;

import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// The settings for pushing log lines to Loki and for querying it.
///
/// @param push the push endpoint for Pharos' own lines; empty to log to stdout only
/// @param query the server that answers rules about log lines, without `/loki`; empty for none
/// @param tokenFile a file with the bearer token for queries; empty for none
public record LokiOptions(
    Optional<URI> push, Optional<URI> query, Optional<Path> tokenFile, Duration timeout) {
  private static final String PUSH_PATH = "/loki/api/v1/push";

  static final List<Flag> FLAGS =
      List.of(
          new Flag("loki.url", "", "Loki's push endpoint, http://host:3100" + PUSH_PATH),
          new Flag(
              "loki.query-url",
              "",
              "the Loki that evaluates rules about log lines, http://host:3100; empty: from --loki.url; none: such rules are not evaluated"),
          new Flag("loki.token-file", "", "file with the bearer token for that Loki; empty: none"),
          new Flag("loki.timeout", "30s", "how long Loki may take to answer"));

  static LokiOptions of(Flags flags) {
    Optional<URI> push = flags.url("loki.url");
    Optional<URI> query =
        switch (flags.get("loki.query-url")) {
          case "" -> push.flatMap(LokiOptions::server);
          case "none" -> Optional.empty();
          default -> flags.url("loki.query-url");
        };
    Duration timeout = flags.duration("loki.timeout");
    if (timeout.isZero()) {
      throw flags.refused("loki.timeout", "a duration above 0");
    }
    return new LokiOptions(push, query, flags.path("loki.token-file"), timeout);
  }

  /// Returns the Loki that a push endpoint belongs to. Empty if the endpoint belongs to another
  /// program, such as an OpenTelemetry collector or Alloy.
  private static Optional<URI> server(URI push) {
    String path = String.valueOf(push.getRawPath());
    if (path.isEmpty()) {
      return Optional.of(push);
    }
    String text = push.toString();
    return text.endsWith(PUSH_PATH)
        ? Optional.of(URI.create(text.substring(0, text.length() - PUSH_PATH.length())))
        : Optional.empty();
  }
}
