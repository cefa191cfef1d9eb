package io.pharos.server.api;

import static java.util.Objects.requireNonNull;

/// Thrown if Prometheus' API rejects a request. Has the error type and the message of Prometheus.
public final class ApiException extends RuntimeException {
  private final String errorType;
  private final int status;

  ApiException(String errorType, int status, String message) {
    super(message);
    this.errorType = errorType;
    this.status = status;
  }

  /// Creates a `bad_data` error with status 400: a parameter is missing or invalid.
  public static ApiException badData(String message) {
    return new ApiException("bad_data", 400, message);
  }

  /// Creates the error for one invalid parameter: `invalid parameter "start": …`.
  public static ApiException invalidParameter(String name, String message) {
    return badData("invalid parameter \"" + name + "\": " + message);
  }

  /// Returns the error type, such as `bad_data`.
  public String errorType() {
    return errorType;
  }

  /// Returns the HTTP status.
  public int status() {
    return status;
  }

  /// Returns the error message.
  public String reason() {
    return requireNonNull(getMessage(), "message is null");
  }
}
