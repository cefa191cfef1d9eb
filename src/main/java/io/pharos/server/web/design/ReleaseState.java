package io.pharos.server.web.design;

import io.pharos.gate.deployment.DeploymentStatus;

/// The state of a deployment on all pages.
///
/// @param css class in the style sheet, which gives it its shape and colour
/// @param word the word for people
public record ReleaseState(String css, String word) {
  /// Returns the state of a status.
  public static ReleaseState of(DeploymentStatus status) {
    return switch (status) {
      case IN_PROGRESS -> new ReleaseState("running", "in progress");
      case SUCCEEDED -> new ReleaseState("success", "succeeded");
      case FAILED -> new ReleaseState("failed", "failed");
      case ROLLED_BACK -> new ReleaseState("returned", "rolled back");
    };
  }
}
