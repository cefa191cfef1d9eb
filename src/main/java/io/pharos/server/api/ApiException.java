package io.pharos.server.api;

import static java.util.Objects.requireNonNull;

/// A request that Prometheus' API refuses, in its own words.
public final class ApiException extends RuntimeException {
  private final String errorType;
  private final int status;

  ApiException(String errorType, int status, String message) {
    super(requireNonNull(message, "message is null"));
    this.errorType = errorType;
    this.status = status;
  }

  /// 400, `bad_data`: a parameter is missing or not what it should be.
  public static ApiException badData(String message) {
    return new ApiException("bad_data", 400, message);
  }

  /// The error for one parameter: `invalid parameter "start": …`.
  public static ApiException invalidParameter(String name, String message) {
    return badData("invalid parameter \"" + name + "\": " + message);
  }

  public String errorType() {
    return errorType;
  }

  public int status() {
    return status;
  }

  public String reason() {
    return requireNonNull(getMessage(), "message is null");
  }
}
