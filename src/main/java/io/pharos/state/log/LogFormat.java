package io.pharos.state.log;

import io.pharos.bytes.Frames;

/// Constants of the file format (docs/format/notifier.md).
final class LogFormat {
  /// "PHARNLG1" in ASCII.
  static final Frames.Kind LOG = new Frames.Kind(0x5048_4152_4e4c_4731L, Long.BYTES, true);

  /// "PHARNSN1" in ASCII.
  static final Frames.Kind SNAPSHOT = new Frames.Kind(0x5048_4152_4e53_4e31L, Long.BYTES, true);

  /// "PHARNLD1" in ASCII.
  static final Frames.Kind LEDGER = new Frames.Kind(0x5048_4152_4e4c_4431L, Long.BYTES, true);

  /* Types of records. */
  static final int ALERT = 1;
  static final int ALERT_RENEWED = 2;
  static final int ALERT_SETTLED = 3;
  static final int ALERT_FORGOTTEN = 4;
  static final int ALIVE_AT = 5;
  static final int SILENCE = 6;
  static final int SILENCE_DELETED = 7;
  static final int NEXT_NUMBER = 8;
  static final int DECIDED = 9;
  static final int ATTEMPT_FAILED = 10;
  static final int FINISHED = 11;
  static final int LOGGED = 12;
  static final int LOG_FORGOTTEN = 13;
  static final int LEDGER_ENTRY = 14;
  static final int END = 15;

  /* Flags of an alert. */
  static final int TIMEOUT = 1;
  static final int SETTLED = 2;

  /* Flags of a decision. */
  static final int FIRST = 1;
  static final int POSSIBLE_DUPLICATE = 2;
  static final int ESCALATION = 4; // a step of a policy follows the alerts

  /* Flags of an alert in a notification. */
  static final int AS_STORED = 1;
  static final int ANNOUNCED = 2;
  static final int RESOLVED = 4;

  private LogFormat() {}
}
