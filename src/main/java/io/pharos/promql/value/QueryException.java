package io.pharos.promql.value;

/// Why an expression has no value. The kinds are those of Prometheus' HTTP API (`errorType`).
public final class QueryException extends RuntimeException {
  /// What went wrong, in the words of the HTTP API.
  public enum Kind {
    /// The expression or its parameters are not valid.
    BAD_DATA("bad_data"),
    /// The expression is valid but can't be evaluated on this data.
    EXECUTION("execution"),
    /// It took too long.
    TIMEOUT("timeout"),
    /// Whoever asked went away.
    CANCELED("canceled"),
    /// The store or the remote engine can't be read now: the answer is unknown, not empty.
    UNAVAILABLE("unavailable"),
    /// Other queries take what there is for it: worth another try.
    BUSY("unavailable");

    private final String errorType;

    Kind(String errorType) {
      this.errorType = errorType;
    }

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

  public Kind kind() {
    return kind;
  }

  /// The message as a String that is never null.
  public String reason() {
    String message = getMessage();
    return message == null ? kind.errorType() : message;
  }
}
