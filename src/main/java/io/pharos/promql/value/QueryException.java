package io.pharos.promql.value;

/// Thrown if a query has no result. Each kind has an `errorType` of Prometheus' HTTP API.
public final class QueryException extends RuntimeException {
  /// Kind of the error.
  public enum Kind {
    /// The expression or its parameters are invalid.
    BAD_DATA("bad_data"),
    /// The expression is valid but cannot be evaluated on this data.
    EXECUTION("execution"),
    /// The query exceeded its timeout.
    TIMEOUT("timeout"),
    /// The client disconnected or cancelled the query.
    CANCELED("canceled"),
    /// The store or the remote engine is unreachable: the result is unknown, not empty.
    UNAVAILABLE("unavailable"),
    /// Resources are in use by other queries; a retry may succeed.
    BUSY("unavailable");

    private final String errorType;

    Kind(String errorType) {
      this.errorType = errorType;
    }

    /// Returns the value of `errorType` in the HTTP API.
    public String errorType() {
      return errorType;
    }
  }

  private final Kind kind;

  public QueryException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public QueryException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /// Returns the kind of the error.
  public Kind kind() {
    return kind;
  }

  /// Returns the message, which is never null.
  public String reason() {
    String message = getMessage();
    return message == null ? kind.errorType() : message;
  }
}
