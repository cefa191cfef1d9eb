package io.pharos.gate.deployment;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A release that was announced.
///
/// @param announcement what the pipeline said
/// @param startedAt T0: the announced time, or when Pharos heard of it
/// @param finishedAt when the status became final; null until then
public record Deployment(
    Announcement announcement,
    Instant startedAt,
    DeploymentStatus status,
    @Nullable Instant finishedAt) {
  public Deployment {
    requireNonNull(announcement, "announcement is null");
    requireNonNull(startedAt, "startedAt is null");
    requireNonNull(status, "status is null");
    if (status.isFinal() == (finishedAt == null)) {
      throw new IllegalArgumentException(
          status.text() + " with finishedAt " + finishedAt + ": a final status has a time");
    }
  }

  /// The deployment that begins with an announcement heard at a time.
  public static Deployment begin(Announcement announcement, Instant heardAt) {
    Instant announced = announcement.startedAt();
    return new Deployment(
        announcement, announced == null ? heardAt : announced, DeploymentStatus.IN_PROGRESS, null);
  }

  public Deployment finished(DeploymentStatus end, Instant at) {
    return new Deployment(announcement, startedAt, end, at);
  }

  public String key() {
    return announcement.key();
  }

  public String service() {
    return announcement.service();
  }

  public String env() {
    return announcement.env();
  }

  public String version() {
    return announcement.version();
  }

  public String color() {
    return announcement.color();
  }
}
