package io.pharos.gate.deployment;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// An announced release.
///
/// @param announcement the pipeline's announcement
/// @param startedAt the announced start, or else the time of the announcement
/// @param finishedAt when the status became final; null until then
public record Deployment(
    Announcement announcement,
    Instant startedAt,
    DeploymentStatus status,
    @Nullable Instant finishedAt) {
  public Deployment {
    if (status.isFinal() == (finishedAt == null)) {
      throw new IllegalArgumentException(
          "expected a time in finishedAt if and only if the status is final, found the status "
              + status.text()
              + " and the time "
              + finishedAt);
    }
  }

  /// Creates a deployment in progress.
  ///
  /// @param announcedAt time of the announcement; used as the start if the announcement has none
  public static Deployment begin(Announcement announcement, Instant announcedAt) {
    Instant announcedStart = announcement.startedAt();
    return new Deployment(
        announcement,
        announcedStart == null ? announcedAt : announcedStart,
        DeploymentStatus.IN_PROGRESS,
        null);
  }

  /// Returns this deployment with a final status.
  public Deployment finished(DeploymentStatus end, Instant at) {
    return new Deployment(announcement, startedAt, end, at);
  }

  /// Returns the key of the announcement.
  public String key() {
    return announcement.key();
  }

  /// Returns the service.
  public String service() {
    return announcement.service();
  }

  /// Returns the environment.
  public String env() {
    return announcement.env();
  }

  /// Returns the version that is rolled out.
  public String version() {
    return announcement.version();
  }

  /// Returns the colour; empty if the service has no colours.
  public String color() {
    return announcement.color();
  }
}
