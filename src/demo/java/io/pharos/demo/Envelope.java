package io.pharos.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.jspecify.annotations.Nullable;

/// The body of all answers of RemoteGPU's API; the HTTP status is 200 for all codes.
///
/// @param code 0 for success, otherwise an error, usually an HTTP status
/// @param data null for none
record Envelope(int code, String msg, @Nullable JsonNode data) {
  static final Envelope UNAUTHORIZED = failure(401, "unauthorized");
  static final Envelope BROKEN = failure(500, "internal server error");

  /// Shared by the demo.
  static final ObjectMapper JSON = new ObjectMapper();

  static Envelope success(JsonNode data) {
    return new Envelope(0, "success", data);
  }

  static Envelope failure(int code, String msg) {
    return new Envelope(code, msg, null);
  }

  String json() {
    return JSON.createObjectNode().put("code", code).put("msg", msg).set("data", data).toString();
  }
}
