package io.pharos.rollout;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.pharos.gate.deployment.InvalidFieldException;
import org.jspecify.annotations.Nullable;

/// How a migration ended. One that there was nothing to do for is done.
///
/// @param version and `phase` as the answer asked for them
/// @param text for people, cut to 500 characters
public record MigrationResult(
    String version, MigrationTask.Kind phase, Outcome outcome, String text) {
  /// How it ended.
  public enum Outcome {
    @JsonProperty("done")
    DONE,
    @JsonProperty("failed")
    FAILED
  }

  public MigrationResult(
      @Nullable String version,
      MigrationTask.@Nullable Kind phase,
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

  boolean answers(MigrationTask asked) {
    return version.equals(asked.version()) && phase == asked.phase();
  }
}
