package io.pharos.cli;

/// How `pharos gate` ended, and the exit codes that say so.
enum GateOutcome {
  PASS(0, 0, "OK"),
  FAIL(1, 2, "CRITICAL"),
  INCONCLUSIVE(2, 1, "WARNING"),
  /// The gate still ran when the wait was over.
  TIMEOUT(3, 3, "UNKNOWN"),
  /// The command line, the token, the deployment or the policy is refused.
  REFUSED(4, 3, "UNKNOWN"),
  /// Pharos did not answer; that is not a pass.
  UNREACHABLE(5, 3, "UNKNOWN");

  private final int exitCode;
  private final int nagiosCode;
  private final String nagiosWord;

  GateOutcome(int exitCode, int nagiosCode, String nagiosWord) {
    this.exitCode = exitCode;
    this.nagiosCode = nagiosCode;
    this.nagiosWord = nagiosWord;
  }

  int exitCode(boolean nagios) {
    return nagios ? nagiosCode : exitCode;
  }

  String nagiosWord() {
    return nagiosWord;
  }
}
