package io.pharos.ingest.scrape;

import io.pharos.trouble.FailureOrigin;
import org.jspecify.annotations.Nullable;

/// Thrown if a scrape failed.
final class ScrapeFailure extends Exception {
  /// The reason of a failure; its label is the value of `outcome` in `pharos_scrapes_total`.
  enum Reason {
    /// Name resolution, connection or TLS
    CONNECT("connect"),
    TIMEOUT("timeout"),
    /// Credentials can't be read; the target was not contacted
    CREDENTIALS("credentials"),
    /// A fault of Pharos or its machine, which does not tell whether the target works
    OWN_TROUBLE("own_trouble"),
    /// A status other than 200
    STATUS("http_status"),
    BODY_SIZE("body_size_limit"),
    /// An invalid body, or an unknown format
    FORMAT("format"),
    SAMPLE_LIMIT("sample_limit"),
    LABEL_LIMIT("label_limit"),
    BUCKET_LIMIT("bucket_limit"),
    TARGET_LIMIT("target_limit");

    final String label;

    Reason(String label) {
      this.label = label;
    }
  }

  final Reason reason;

  /// Tells whether the target or Pharos caused the failure.
  final transient FailureOrigin fault;

  ScrapeFailure(Reason reason, String message) {
    super(message);
    this.reason = reason;
    this.fault = fault(reason, message);
  }

  ScrapeFailure(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
    this.fault = fault(reason, message);
  }

  /// Creates a failure that was caused by Pharos or its machine.
  ScrapeFailure(FailureOrigin.Own fault, @Nullable Throwable cause) {
    super(fault.reason(), cause);
    this.reason = Reason.OWN_TROUBLE;
    this.fault = fault;
  }

  private static FailureOrigin fault(Reason reason, String message) {
    return reason == Reason.CREDENTIALS
        ? new FailureOrigin.Own(FailureOrigin.Kind.CREDENTIALS, message)
        : new FailureOrigin.Remote();
  }

  /// Returns the own trouble in a chain of causes; if there is none, own trouble of the kind
  /// `defaultKind`.
  static FailureOrigin.Own own(Throwable problem, FailureOrigin.Kind defaultKind) {
    return FailureOrigin.of(problem) instanceof FailureOrigin.Own own
        ? own
        : new FailureOrigin.Own(defaultKind, defaultKind.text() + ": " + problem);
  }
}
