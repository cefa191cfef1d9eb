package io.pharos.migration;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.gate.deployment.SubmittedText;
import org.jspecify.annotations.Nullable;

/// The result of a [MigrationTask]. If the task had nothing to do, its outcome is DONE.
///
/// @param text what was done or why it failed, for people; truncated to 500 characters
public record MigrationResult(String version, MigrationPhase phase, Outcome outcome, String text) {
  /// The outcome of a task.
  public enum Outcome {
    @JsonProperty("done")
    DONE,
    @JsonProperty("failed")
    FAILED
  }

  /// Validates values from the network.
  ///
  /// @throws InvalidFieldException naming the first invalid field
  public MigrationResult(
      @Nullable String version,
      @Nullable MigrationPhase phase,
      @Nullable Outcome outcome,
      @Nullable String text) {
    this.version = require("version", version);
    SubmittedText.requireVersion(version);
    this.phase = require("phase", phase);
    this.outcome = require("outcome", outcome);
    this.text = SubmittedText.plain(text == null ? "" : text);
  }

  private static <T> T require(String field, @Nullable T value) {
    if (value == null) {
      throw new InvalidFieldException("migrated." + field, "", "a value");
    }
    return value;
  }

  /// Returns whether this is the result of this task.
  public boolean answers(MigrationTask task) {
    return version.equals(task.version()) && phase == task.phase();
  }
}
