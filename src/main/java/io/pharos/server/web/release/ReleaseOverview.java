package io.pharos.server.web.release;

import io.pharos.gate.deployment.Deployment;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import io.pharos.server.web.design.ReleaseState;
import java.time.Instant;
import java.util.List;

/// The first sentence of the list of releases.
///
/// @param css class of the sentence
record ReleaseOverview(String css, String sentence) {
  /// @param newest the deployments of all services, newest first
  static ReleaseOverview of(List<ReleaseNeed> needs, List<Deployment> newest, Instant now) {
    long failures =
        needs.stream().filter(it -> it.kind().compareTo(ReleaseNeed.Kind.FAILED) <= 0).count();
    if (failures > 0) {
      ReleaseNeed first = needs.getFirst();
      String what =
          switch (first.kind()) {
            case WAITS -> " waits for a person.";
            case REFUSED -> " must not continue, and its deployment has not ended.";
            case UNDECIDED -> " has no verdict, and its deployment has not ended.";
            case FAILED -> " failed.";
            case ROLLOUT, DECIDING -> throw new IllegalStateException("expected a failure");
          };
      return new ReleaseOverview(
          first.kind() == ReleaseNeed.Kind.WAITS || first.kind() == ReleaseNeed.Kind.UNDECIDED
              ? "unknown"
              : "firing",
          first.name()
              + what
              + (failures > 1
                  ? " " + PageText.count(failures - 1, "more release") + " below."
                  : ""));
    }
    if (!needs.isEmpty()) {
      ReleaseNeed first = needs.getFirst();
      return new ReleaseOverview(
          "",
          first.name()
              + (first.kind() == ReleaseNeed.Kind.ROLLOUT
                  ? " is being rolled out."
                  : " is being judged.")
              + (needs.size() > 1
                  ? " %s under way in all.".formatted(PageText.count(needs.size(), "release"))
                  : ""));
    }
    if (newest.isEmpty()) {
      return new ReleaseOverview("", "No deployment has been announced.");
    }
    Deployment last = newest.getFirst();
    return new ReleaseOverview(
        "ok",
        "No release needs attention. The last, %s %s in %s, %s %s."
            .formatted(
                PageText.of(last.service()),
                PageText.of(last.version()),
                PageText.of(last.env()),
                verb(last),
                PageTime.of(last.startedAt(), now).ago()));
  }

  private static String verb(Deployment last) {
    return switch (last.status()) {
      case IN_PROGRESS -> "began";
      case SUCCEEDED, FAILED, ROLLED_BACK -> ReleaseState.of(last.status()).word() + "; it began";
    };
  }
}
