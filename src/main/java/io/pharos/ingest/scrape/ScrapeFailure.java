package io.pharos.ingest.scrape;

import io.pharos.trouble.FailureOrigin;
import org.jspecify.annotations.Nullable;

/// A failed scrape.
final class ScrapeFailure extends Exception {
  /// The reason; the value of the `outcome` label of `pharos_scrapes_total`.
  enum Reason {
    /// Name resolution, connection or TLS
    CONNECT("connect"),
    TIMEOUT("timeout"),
    /// Credentials that can't be read; the target was not contacted
    CREDENTIALS("credentials"),
    /// A fault of this process or its machine, which says nothing about the target
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

  /// Whose fault the failure is.
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

  /// A failure of this process.
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

  /// The own trouble in a chain of causes; trouble of the given kind if there is none.
  static FailureOrigin.Own own(Throwable problem, FailureOrigin.Kind otherwise) {
    return FailureOrigin.of(problem) instanceof FailureOrigin.Own own
        ? own
        : new FailureOrigin.Own(otherwise, otherwise.text() + ": " + problem);
  }
}
