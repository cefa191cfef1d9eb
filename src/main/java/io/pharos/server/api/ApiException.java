package io.pharos.server.api;

import static java.util.Objects.requireNonNull;

/// A request that Prometheus' API rejects, with Prometheus' error type and message.
public final class ApiException extends RuntimeException {
  private final String errorType;
  private final int status;

  ApiException(String errorType, int status, String message) {
    super(message);
    this.errorType = errorType;
    this.status = status;
  }

  /// A `bad_data` error, status 400: a parameter is missing or invalid.
  public static ApiException badData(String message) {
    return new ApiException("bad_data", 400, message);
  }

  /// The error for one parameter: `invalid parameter "start": …`.
  public static ApiException invalidParameter(String name, String message) {
    return badData("invalid parameter \"" + name + "\": " + message);
  }

  /// Prometheus' name of the kind of error, such as `bad_data`.
  public String errorType() {
    return errorType;
  }

  /// The HTTP status.
  public int status() {
    return status;
  }

  /// The error message.
  public String reason() {
    return requireNonNull(getMessage(), "message is null");
  }
}
