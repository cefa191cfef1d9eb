package io.pharos.alerting.channel.feishu;

import io.pharos.bytes.protobuf.ProtoReader;
import io.pharos.bytes.protobuf.ProtoReader.ProtobufException;
import io.pharos.bytes.protobuf.ProtoWriter;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// A message of Feishu's long connection, `pbbp2.Frame` (github.com/larksuite/oapi-sdk-go, ws).
///
/// @param method 0: control, 1: data
/// @param payload a text in UTF-8, or a part of one
record FeishuFrame(
    long sequence,
    long logId,
    int service,
    int method,
    Map<String, String> headers,
    byte[] payload) {
  static final int CONTROL = 0;
  static final int DATA = 1;

  FeishuFrame {
    headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers)); // in their order
  }

  /// Parses a message.
  ///
  /// @throws IOException if it is not a frame
  static FeishuFrame parse(byte[] bytes) throws IOException {
    long sequence = 0;
    long logId = 0;
    int service = 0;
    int method = -1;
    var headers = new LinkedHashMap<String, String>();
    var payload = new byte[0];
    try {
      var reader = new ProtoReader(bytes);
      while (reader.next()) {
        switch (reader.field()) {
          case 1 -> sequence = reader.int64();
          case 2 -> logId = reader.int64();
          case 3 -> service = reader.int32();
          case 4 -> method = reader.int32();
          case 5 -> header(reader.message(), headers);
          case 8 -> payload = reader.bytes();
          default -> {} // encoding and type of the payload, which the service leaves empty
        }
      }
    } catch (ProtobufException e) {
      throw new IOException("Feishu sent bytes that are no frame: " + e.getMessage(), e);
    }
    if (method < 0) {
      throw new IOException("Feishu sent a frame without method");
    }
    return new FeishuFrame(sequence, logId, service, method, headers, payload);
  }

  private static void header(ProtoReader reader, Map<String, String> headers) {
    String key = "";
    String value = "";
    while (reader.next()) {
      switch (reader.field()) {
        case 1 -> key = reader.string();
        case 2 -> value = reader.string();
        default -> {}
      }
    }
    headers.put(key, value);
  }

  /// Returns a frame that asks whether the service is there.
  static FeishuFrame ping(int service) {
    return new FeishuFrame(0, 0, service, CONTROL, Map.of("type", "ping"), new byte[0]);
  }

  /// Returns the answer to this frame.
  FeishuFrame answer(byte[] newPayload) {
    return new FeishuFrame(sequence, logId, service, method, headers, newPayload);
  }

  String header(String name) {
    return headers.getOrDefault(name, "");
  }

  /// Returns a whole number in a header; 0 if there is none.
  int number(String name) {
    String text = header(name);
    return text.matches("[0-9]{1,6}") ? Integer.parseInt(text) : 0;
  }

  byte[] toBytes() {
    // The first four fields are required, so zeros are written too.
    var writer =
        new ProtoWriter().varint(1, sequence).varint(2, logId).varint(3, service).varint(4, method);
    headers.forEach(
        (key, value) -> writer.message(5, header -> header.string(1, key).string(2, value)));
    return writer.bytes(8, payload).toByteArray();
  }
}
