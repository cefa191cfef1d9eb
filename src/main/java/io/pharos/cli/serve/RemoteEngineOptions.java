package io.pharos.cli.serve;

import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.command.UsageException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// The server that evaluates expressions if `--engine` is `remote`.
///
/// @param url the address of the server; empty if Pharos evaluates expressions itself
/// @param writeUrl where the results of rules are written by remote write, in addition to the local
///   store; empty to write them to the local store only
/// @param tokenFile a file with the bearer token for both addresses; empty for none
public record RemoteEngineOptions(
    Optional<URI> url, Optional<URI> writeUrl, Optional<Path> tokenFile, Duration timeout) {
  static final List<Flag> FLAGS =
      List.of(
          new Flag(
              "engine",
              "embedded",
              "what evaluates expressions: embedded (Pharos) or remote (--engine.url)"),
          new Flag("engine.url", "", "a Prometheus-compatible server that evaluates expressions"),
          new Flag(
              "engine.write-url",
              "",
              "where rule results are written besides the local store; empty:"
                  + " <engine.url>/api/v1/write; none: nowhere"),
          new Flag(
              "engine.token-file", "", "a file with the bearer token for that server; empty: none"),
          new Flag("engine.timeout", "30s", "how long a remote engine may take to answer"));

  static RemoteEngineOptions of(Flags flags) {
    boolean remote =
        switch (flags.get("engine")) {
          case "embedded" -> false;
          case "remote" -> true;
          default -> throw flags.refused("engine", "embedded or remote");
        };
    if (remote && flags.get("engine.url").isEmpty()) {
      throw new UsageException("--engine=remote needs --engine.url, the address of the server");
    }
    for (String name : List.of("engine.url", "engine.token-file")) {
      if (!remote && !flags.get(name).isEmpty()) {
        throw new UsageException(
            "--" + name + " is set, but --engine is embedded: set --engine=remote");
      }
    }
    return new RemoteEngineOptions(
        flags.url("engine.url"),
        writeUrl(flags),
        flags.path("engine.token-file"),
        flags.duration("engine.timeout"));
  }

  private static Optional<URI> writeUrl(Flags flags) {
    return switch (flags.get("engine.write-url")) {
      case "" -> flags.url("engine.url").map(url -> URI.create(url + "/api/v1/write"));
      case "none" -> Optional.empty();
      default -> flags.url("engine.write-url");
    };
  }
}
