package io.pharos.callback;

/// A kind of report to a target.
public enum CallbackKind {
  /// The deployment as a region on Grafana's panels.
  GRAFANA_ANNOTATION("grafana_annotation"),
  /// A commit status at GitHub.
  GITHUB_STATUS("github_status"),
  /// The answer to a deployment protection rule of GitHub.
  GITHUB_PROTECTION("github_protection"),
  /// A commit status at GitLab.
  GITLAB_STATUS("gitlab_status");

  private final String text;

  CallbackKind(String text) {
    this.text = text;
  }

  /// Returns the word in the API, the metrics and the store.
  public String text() {
    return text;
  }

  /// Parses a word.
  ///
  /// @throws IllegalArgumentException when the word is unknown
  public static CallbackKind parse(String text) {
    for (CallbackKind kind : values()) {
      if (kind.text.equals(text)) {
        return kind;
      }
    }
    throw new IllegalArgumentException(text + " is not a kind of callback");
  }
}
