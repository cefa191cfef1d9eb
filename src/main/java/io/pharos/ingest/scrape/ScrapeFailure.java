package io.pharos.ingest.scrape;

import static java.util.Objects.requireNonNull;

import io.pharos.trouble.FailureOrigin;
import org.jspecify.annotations.Nullable;

/// Why a scrape gave no samples.
final class ScrapeFailure extends Exception {
  /// Where it failed; the value of the `outcome` label of `pharos_scrapes_total`.
  enum Reason {
    /// Name resolution, connection or TLS
    CONNECT("connect"),
    TIMEOUT("timeout"),
    /// Credentials that can't be read: it was not asked, so nothing is known of it
    CREDENTIALS("credentials"),
    /// Trouble of this process or its machine, which says nothing about the target
    OWN_TROUBLE("own_trouble"),
    /// Any status but 200
    STATUS("http_status"),
    BODY_SIZE("body_size_limit"),
    /// A body that is not in its format, or whose format is unknown
    FORMAT("format"),
    SAMPLE_LIMIT("sample_limit"),
    LABEL_LIMIT("label_limit"),
    BUCKET_LIMIT("bucket_limit"),
    TARGET_LIMIT("target_limit");

    private final String label;

    Reason(String label) {
      this.label = label;
    }

    String label() {
      return label;
    }
  }

  private final Reason reason;
  private final transient FailureOrigin fault;

  ScrapeFailure(Reason reason, String message) {
    super(requireNonNull(message, "message is null"));
    this.reason = reason;
    this.fault = fault(reason, message);
  }

  ScrapeFailure(Reason reason, String message, Throwable cause) {
    super(requireNonNull(message, "message is null"), cause);
    this.reason = reason;
    this.fault = fault(reason, message);
  }

  /// A failure of this process' own.
  ScrapeFailure(FailureOrigin.Own fault, @Nullable Throwable cause) {
    super(fault.reason(), cause);
    this.reason = Reason.OWN_TROUBLE;
    this.fault = fault;
  }

  private static FailureOrigin fault(Reason reason, String message) {
    return reason == Reason.CREDENTIALS
        ? new FailureOrigin.Own(FailureOrigin.Kind.CREDENTIALS, message)
        : new FailureOrigin.Theirs();
  }

  /// Whose it is.
  FailureOrigin fault() {
    return fault;
  }

  Reason reason() {
    return reason;
  }
}
