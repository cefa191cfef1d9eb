package io.pharos.gate.deployment;

/// The status of a deployment. The last three are final.
public enum DeploymentStatus {
  IN_PROGRESS("in_progress"),
  SUCCEEDED("succeeded"),
  FAILED("failed"),
  ROLLED_BACK("rolled_back");

  private final String text;

  DeploymentStatus(String text) {
    this.text = text;
  }

  /// Returns the word for this status in the API.
  public String text() {
    return text;
  }

  /// Returns whether the deployment has ended.
  public boolean isFinal() {
    return this != IN_PROGRESS;
  }

  /// Parses a word; throws [InvalidFieldException] when the word is unknown.
  public static DeploymentStatus parse(String text) {
    for (DeploymentStatus status : values()) {
      if (status.text.equals(text)) {
        return status;
      }
    }
    throw new InvalidFieldException(
        "status", text, "one of in_progress, succeeded, failed, rolled_back");
  }
}
