package io.pharos.cli.gate;

/// An outcome of `pharos gate`, with its exit codes.
public enum GateOutcome {
  PASS(0, 0, "OK"),
  FAIL(1, 2, "CRITICAL"),
  INCONCLUSIVE(2, 1, "WARNING"),
  /// The gate had no verdict at the end of the wait.
  TIMEOUT(3, 3, "UNKNOWN"),
  /// The token, the deployment or the policy is invalid.
  REFUSED(4, 3, "UNKNOWN"),
  /// Pharos did not answer. This is never a PASS.
  UNREACHABLE(5, 3, "UNKNOWN");

  private final int exitCode;
  private final int nagiosCode;
  private final String nagiosWord;

  GateOutcome(int exitCode, int nagiosCode, String nagiosWord) {
    this.exitCode = exitCode;
    this.nagiosCode = nagiosCode;
    this.nagiosWord = nagiosWord;
  }

  /// Returns the exit code.
  public int exitCode(boolean nagios) {
    return nagios ? nagiosCode : exitCode;
  }

  String nagiosWord() {
    return nagiosWord;
  }
}
