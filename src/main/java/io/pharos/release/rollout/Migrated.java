package io.pharos.release.rollout;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.pharos.release.deploy.InvalidFieldException;
import org.jspecify.annotations.Nullable;

/// How a migration ended. One that there was nothing to do for is done.
///
/// @param version and `phase` as the answer asked for them
/// @param text for people, cut to 500 characters
public record Migrated(String version, Migration.Kind phase, Outcome outcome, String text) {
  /// How it ended.
  public enum Outcome {
    @JsonProperty("done")
    DONE,
    @JsonProperty("failed")
    FAILED
  }

  public Migrated(
      @Nullable String version,
      Migration.@Nullable Kind phase,
      @Nullable Outcome outcome,
      @Nullable String text) {
    this.version = require("version", version);
    Text.requireVersion(version);
    this.phase = require("phase", phase);
    this.outcome = require("outcome", outcome);
    this.text = Text.plain(text == null ? "" : text);
  }

  private static <T> T require(String field, @Nullable T value) {
    if (value == null) {
      throw new InvalidFieldException("migrated." + field, "", "a value");
    }
    return value;
  }

  boolean answers(Migration asked) {
    return version.equals(asked.version()) && phase == asked.phase();
  }
}
