package io.pharos.migration.ledger;

import io.pharos.gate.deployment.InvalidFieldException;
import java.time.Instant;
import java.util.List;

/// The last report about one migration file.
///
/// @param file name of the file, such as `V12__expand_add_quota.sql`
/// @param phase `expand` or `contract`
/// @param safeFrom the oldest release that can run after the file was applied; empty if every
///   release can
/// @param release the version that was rolled out when the file ran; empty if unknown
/// @param text why the file failed; empty if it did not
/// @param at time of the report, with a precision of milliseconds
public record MigrationRecord(
    String service,
    String env,
    String file,
    String phase,
    int checksum,
    String safeFrom,
    RecordedState state,
    String release,
    String text,
    Instant at) {
  private static final int MAX_NAME = 100;
  private static final int MAX_FILE = 200;
  private static final int MAX_VERSION = 200;

  /// Maximum length of the text; longer texts are truncated.
  private static final int MAX_TEXT = 2000;

  public MigrationRecord {
    require("service", service, 1, MAX_NAME);
    require("env", env, 1, MAX_NAME);
    require("file", file, 1, MAX_FILE);
    require("safe_from", safeFrom, 0, MAX_VERSION);
    require("release", release, 0, MAX_VERSION);
    if (!List.of("expand", "contract").contains(phase)) {
      throw new InvalidFieldException("phase", phase, "expand or contract");
    }
    if (phase.equals("contract") && safeFrom.isEmpty()) {
      throw new InvalidFieldException(
          "safe_from", "", "the oldest release that can run after a contract file was applied");
    }
    text = text.length() > MAX_TEXT ? text.substring(0, MAX_TEXT) : text;
  }

  private static void require(String field, String value, int minLength, int maxLength) {
    boolean plain = value.chars().allMatch(c -> c > 0x20 && c < 0x7f);
    if (value.length() < minLength || value.length() > maxLength || !plain) {
      throw new InvalidFieldException(
          field,
          value,
          minLength + " to " + maxLength + " printable ASCII characters without spaces");
    }
  }
}
