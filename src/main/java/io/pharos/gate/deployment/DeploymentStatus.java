package io.pharos.gate.deployment;

/// How far a deployment has come. The last three are final.
public enum DeploymentStatus {
  IN_PROGRESS("in_progress"),
  SUCCEEDED("succeeded"),
  FAILED("failed"),
  ROLLED_BACK("rolled_back");

  private final String text;

  DeploymentStatus(String text) {
    this.text = text;
  }

  /// The word that the API uses.
  public String text() {
    return text;
  }

  public boolean isFinal() {
    return this != IN_PROGRESS;
  }

  /// The status that a word names.
  ///
  /// @throws InvalidFieldException when it is none of them
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
