package io.pharos.rules;

/// Why one rule has no result at one time, other than an error of its query. The message is shown
/// as the rule's last error.
final class RuleFailure extends RuntimeException {
  RuleFailure(String message) {
    super(message);
  }
}
