package io.pharos.rules;

/// A failure of one evaluation that is not a query error. Its message becomes the rule's last error.
final class RuleFailure extends RuntimeException {
  RuleFailure(String message) {
    super(message);
  }
}
