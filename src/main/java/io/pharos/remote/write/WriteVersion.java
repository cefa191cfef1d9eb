package io.pharos.remote.write;

import io.pharos.model.Quoted;
import java.util.Locale;

/// The version of a Remote Write request.
public enum WriteVersion {
  V1("prometheus.WriteRequest"),
  V2("io.prometheus.write.v2.Request");

  private static final String MEDIA_TYPE = "application/x-protobuf";

  private final String message;

  WriteVersion(String message) {
    this.message = message;
  }

  /// Returns the full name of the version's protobuf message.
  public String message() {
    return message;
  }

  /// Returns the version that a `Content-Type` header names. Returns 1.0 if the header names none,
  /// because old senders omit it.
  ///
  /// @param contentType empty if the request has no such header
  /// @throws WriteRequestReader.RefusedException for other content types
  static WriteVersion of(String contentType) {
    if (contentType.isBlank()) {
      return V1;
    }
    String[] parts = contentType.split(";", -1);
    if (!parts[0].strip().toLowerCase(Locale.ROOT).equals(MEDIA_TYPE)) {
      throw WriteRequestReader.RefusedException.unsupported(
          "expected the Content-Type " + MEDIA_TYPE + ", found " + Quoted.of(contentType));
    }
    for (int i = 1; i < parts.length; i++) {
      String[] pair = parts[i].split("=", 2);
      if (pair.length != 2) {
        throw WriteRequestReader.RefusedException.unsupported(
            "expected parameters of the form key=value in the Content-Type, found "
                + Quoted.of(contentType));
      }
      if (pair[0].strip().equalsIgnoreCase("proto")) {
        return ofMessage(pair[1].strip());
      }
    }
    return V1;
  }

  private static WriteVersion ofMessage(String name) {
    for (WriteVersion version : values()) {
      if (version.message.equals(name)) {
        return version;
      }
    }
    throw WriteRequestReader.RefusedException.unsupported(
        "expected the message " + V1.message + " or " + V2.message + ", found " + Quoted.of(name));
  }
}
