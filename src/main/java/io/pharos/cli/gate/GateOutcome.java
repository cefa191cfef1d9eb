package io.pharos.cli.gate;

/// The outcome of `pharos gate` and its exit codes.
public enum GateOutcome {
  PASS(0, 0, "OK"),
  FAIL(1, 2, "CRITICAL"),
  INCONCLUSIVE(2, 1, "WARNING"),
  /// The gate was undecided at the end of the wait.
  TIMEOUT(3, 3, "UNKNOWN"),
  /// The command line, the token, the deployment or the policy is invalid.
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

  /// The exit code.
  public int exitCode(boolean nagios) {
    return nagios ? nagiosCode : exitCode;
  }

  String nagiosWord() {
    return nagiosWord;
  }
}
