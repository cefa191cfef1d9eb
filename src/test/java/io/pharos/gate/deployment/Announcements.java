package io.pharos.gate.deployment;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Makes announcements for tests.
public final class Announcements {
  private Announcements() {}

  /// An announcement of a change without image digest and baseline.
  public static Announcement change(
      String key,
      String service,
      String env,
      String version,
      String sha,
      Strategy strategy,
      String color,
      String candidate,
      Map<String, String> links,
      @Nullable Instant startedAt) {
    return new Announcement(
        key,
        service,
        env,
        version,
        sha,
        strategy,
        color,
        candidate,
        "",
        "",
        Intent.CHANGE,
        links,
        startedAt);
  }
}
