package io.pharos.server.api.alertmanager;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;

/// An answer of the Alertmanager API: a status and JSON, or nothing.
///
/// @param json empty for no body
public record AlertmanagerReply(int status, byte[] json) {
  static final AlertmanagerReply OK = new AlertmanagerReply(200, new byte[0]);
  static final AlertmanagerReply NOT_FOUND = new AlertmanagerReply(404, new byte[0]);

  public AlertmanagerReply {
    requireNonNull(json, "json is null");
  }

  public static AlertmanagerReply ok(byte[] json) {
    return new AlertmanagerReply(200, json);
  }

  /// What the handlers of Alertmanager answer: the message as a JSON string.
  static AlertmanagerReply refused(int status, String message) {
    return new AlertmanagerReply(status, AlertmanagerJson.string(message));
  }

  /// What the framework under Alertmanager's handlers answers to what does not fit the schema.
  ///
  /// @param code of the framework's own, as in 602 for a missing field
  static AlertmanagerReply invalid(int status, int code, String message) {
    return new AlertmanagerReply(status, AlertmanagerJson.error(code, message));
  }

  String text() {
    return new String(json, StandardCharsets.UTF_8);
  }
}
