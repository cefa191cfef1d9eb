package io.pharos.server.api.alertmanager;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;

/// An answer of the Alertmanager API.
///
/// @param json the body; empty for none
public record AlertmanagerReply(int status, byte[] json) {
  static final AlertmanagerReply OK = new AlertmanagerReply(200, new byte[0]);
  static final AlertmanagerReply NOT_FOUND = new AlertmanagerReply(404, new byte[0]);

  public AlertmanagerReply {
    requireNonNull(json, "json is null");
  }

  /// A successful answer.
  public static AlertmanagerReply ok(byte[] json) {
    return new AlertmanagerReply(200, json);
  }

  /// An error of Alertmanager's handlers: the message as a JSON string.
  static AlertmanagerReply refused(int status, String message) {
    return new AlertmanagerReply(status, AlertmanagerJson.string(message));
  }

  /// An error of the framework below Alertmanager's handlers, for bodies that violate the schema.
  ///
  /// @param code the framework's code, such as 602 for a missing field
  static AlertmanagerReply invalid(int status, int code, String message) {
    return new AlertmanagerReply(status, AlertmanagerJson.error(code, message));
  }

  String text() {
    return new String(json, StandardCharsets.UTF_8);
  }
}
