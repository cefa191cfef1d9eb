package io.pharos.api;

import static java.util.Objects.requireNonNull;

import java.time.Instant;

/// What the Alertmanager API says of the server.
///
/// @param version of the Alertmanager whose API is spoken, since clients switch on it
/// @param revision Pharos' own version
/// @param startedAt when the process began
public record AlertmanagerIdentity(String version, String revision, Instant startedAt) {
  public AlertmanagerIdentity {
    requireNonNull(version, "version is null");
    requireNonNull(revision, "revision is null");
    requireNonNull(startedAt, "startedAt is null");
  }
}
