package io.pharos.probe.protocol;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.probe.ProbeFile;
import io.pharos.probe.ProbeOutcome;
import io.pharos.probe.ProbeResult;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Probes of gRPC against bytes that the test makes up; [ProbeNodeTest] asks real servers.
@Timeout(60)
class GrpcProbeTest {
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;

  private final Prober prober = new Prober(InstantSource.system());

  @AfterEach
  void close() {
    prober.close();
  }

  private static String frame(int type, int flags, int stream, String payload) {
    var bytes = new ByteArrayOutputStream();
    int length = payload.length();
    for (int b : new int[] {length >> 16, length >> 8, length, type, flags, 0, 0, 0, stream}) {
      bytes.write(b);
    }
    bytes.writeBytes(payload.getBytes(ISO_8859_1));
    return bytes.toString(ISO_8859_1);
  }

  private static String block(String... fields) {
    var block = new StringBuilder();
    for (int i = 0; i < fields.length; i += 2) {
      block
          .append('\0')
          .append((char) fields[i].length())
          .append(fields[i])
          .append((char) fields[i + 1].length())
          .append(fields[i + 1]);
    }
    return block.toString();
  }

  private static final String SETTINGS = frame(4, 0, 0, "");
  private static final String HEAD =
      frame(1, END_HEADERS, 1, block(":status", "200", "content-type", "application/grpc"));

  private static String message(String protobuf) {
    return frame(0, 0, 1, "\0\0\0\0" + (char) protobuf.length() + protobuf);
  }

  private static String trailers(String... fields) {
    return frame(1, END_HEADERS | END_STREAM, 1, block(fields));
  }

  private static String only(String... fields) {
    return frame(1, END_HEADERS | END_STREAM, 1, block(fields));
  }

  private String against(String answer, String rest) throws IOException {
    try (var server = new RawServer()) {
      server.reads = false;
      server.holds = true;
      server.answer = answer;
      return reason(
          prober.probe(
              ProbeFile.parse(
                      "p.yml",
                      ("probes:\n- name: p\n  timeout: 900ms\n"
                              + "  grpc: {host: 127.0.0.1, port: %d, service: shop}\n%s")
                          .formatted(server.port(), rest.indent(2)),
                      Path.of(""))
                  .getFirst()));
    }
  }

  private static String reason(ProbeResult result) {
    return switch (result.outcome()) {
      case ProbeOutcome.Success() -> "success";
      case ProbeOutcome.Failure(String reason) -> "failure: " + reason;
      case ProbeOutcome.Unknown(_, String reason) -> "unknown: " + reason;
    };
  }

  private static String answer(String name) {
    String ok = trailers("grpc-status", "0");
    return switch (name) {
      case "serving" -> SETTINGS + HEAD + message("\b\1") + ok;
      case "not serving" -> SETTINGS + HEAD + message("\b\2") + ok;
      case "empty message" -> SETTINGS + HEAD + message("") + ok;
      case "odd status" -> SETTINGS + HEAD + message("\b\t") + ok;
      case "unknown service" ->
          SETTINGS
              + only(
                  ":status", "200",
                  "content-type", "application/grpc+proto",
                  "grpc-status", "5",
                  "grpc-message", "no%20such%20service: a+b");
      case "unimplemented" ->
          SETTINGS
              + only(":status", "200", "content-type", "application/grpc", "grpc-status", "12");
      case "code of tomorrow" ->
          SETTINGS
              + only(":status", "200", "content-type", "application/grpc", "grpc-status", "99");
      case "a web server" -> SETTINGS + only(":status", "404", "content-type", "text/html");
      case "no status" -> SETTINGS + only(":status", "200", "content-type", "application/grpc");
      case "HTTP/1.1" -> "HTTP/1.1 400 Bad Request\r\n\r\n";
      case "in pieces, padded" ->
          SETTINGS
              + frame(6, 0, 0, "12345678")
              + frame(8, 0, 0, "\0\0\0\1")
              + frame(250, 0, 0, "of tomorrow")
              + frame(1, 8 | 32, 1, "\2" + "\0\0\0\0\0" + block(":status", "200") + "xx")
              + frame(9, END_HEADERS, 1, block("content-type", "application/grpc"))
              + frame(0, 8, 1, "\1\0\0\0\0\2x")
              + frame(7, 0, 0, "\0\0\0\1\0\0\0\0")
              + frame(0, 0, 1, "\b\1")
              + ok;
      case "goaway" -> SETTINGS + frame(7, 0, 0, "\0\0\0\0\0\0\0\13");
      case "short goaway" -> SETTINGS + frame(7, 0, 0, "\0");
      case "reset" -> SETTINGS + frame(3, 0, 1, "\0\0\0\10");
      case "push" -> SETTINGS + frame(5, 4, 1, "\0\0\0\2");
      case "compressed" -> SETTINGS + HEAD + frame(0, 0, 1, "\1\0\0\0\2\b\1") + ok;
      case "two messages" -> SETTINGS + HEAD + message("\b\1") + message("\b\1") + ok;
      case "no protobuf" -> SETTINGS + HEAD + message("\b") + ok;
      case "no message" -> SETTINGS + HEAD + ok;
      case "lost padding" -> SETTINGS + frame(0, 8, 1, "\77");
      case "no padding" -> SETTINGS + frame(0, 8, 1, "");
      case "short priority" -> SETTINGS + frame(1, 32, 1, "\0");
      case "stray continuation" -> SETTINGS + frame(9, 4, 1, "");
      case "frame in headers" -> SETTINGS + frame(1, 0, 1, "") + frame(6, 0, 0, "12345678");
      case "bad headers" -> SETTINGS + frame(1, END_HEADERS, 1, "\377\377\377\377\377\377\377");
      case "endless headers" ->
          SETTINGS + frame(1, 0, 1, "") + frame(9, 0, 1, "x".repeat(16_000)).repeat(3);
      case "endless body" -> SETTINGS + HEAD + frame(0, 0, 1, "x".repeat(16_000)).repeat(3);
      case "huge frame" -> "\77\77\77\0\0\0\0\0\0";
      case "silence" -> SETTINGS;
      default -> throw new IllegalArgumentException(name);
    };
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "serving | success",
        "not serving | failure: found NOT_SERVING, expected SERVING",
        "empty message | failure: found UNKNOWN, expected SERVING",
        "odd status | failure: found 9, expected SERVING",
        "unknown service | failure: found NOT_FOUND with \"no such service: a+b\", expected OK of grpc.health.v1.Health/Check for \"shop\"",
        "unimplemented | failure: found UNIMPLEMENTED, expected OK of grpc.health.v1.Health/Check for \"shop\"",
        "code of tomorrow | failure: found 99, expected OK of grpc.health.v1.Health/Check for \"shop\"",
        "a web server | failure: found status \"404\" of \"text/html\" and grpc-status \"\", expected a gRPC answer",
        "no status | failure: found status \"200\" of \"application/grpc\" and grpc-status \"\", expected a gRPC answer",
        "HTTP/1.1 | failure: the server does not support HTTP/2",
        "in pieces, padded | success",
        "goaway | failure: the server closed the connection: GOAWAY with error 11",
        "short goaway | failure: the server closed the connection: GOAWAY",
        "reset | failure: the server reset the stream with error 8",
        "push | failure: found a PUSH_PROMISE frame, which was not requested",
        "compressed | failure: found 7 bytes, expected one uncompressed gRPC message",
        "two messages | failure: found 14 bytes, expected one uncompressed gRPC message",
        "no message | failure: found 0 bytes, expected one uncompressed gRPC message",
        "lost padding | failure: found a frame whose padding is longer than the frame",
        "no padding | failure: found a frame whose padding is longer than the frame",
        "short priority | failure: found a frame that is too short",
        "stray continuation | failure: found a CONTINUATION frame without headers before it",
        "frame in headers | failure: found another frame within the headers",
        "endless headers | failure: the headers of the answer are longer than 32768 bytes",
        "endless body | failure: the answer is longer than 32768 bytes",
        "huge frame | failure: the server does not support HTTP/2",
        "silence | failure: processing: timed out after 900 ms",
      })
  void answer_isJudged(String name, String expected) throws IOException {
    assertThat(against(answer(name), "")).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"no protobuf, found no HealthCheckResponse", "bad headers, found headers that can't"})
  void answer_thatCannotBeRead_isAFailure(String name, String reason) throws IOException {
    assertThat(against(answer(name), "")).startsWith("failure: " + reason);
  }

  @Test
  void expectation_thatLooksAtThem_judgesCodeAndStatus() throws IOException {
    assertThat(against(answer("not serving"), "expect: status == 'NOT_SERVING'"))
        .isEqualTo("success");
    assertThat(
            against(
                answer("unknown service"),
                "expect: code == 'NOT_FOUND' && message contains 'no such' && duration < 5s"))
        .isEqualTo("success");
    assertThat(against(answer("unknown service"), "expect: code == 'OK'"))
        .isEqualTo("failure: expected code == 'OK', with code = \"NOT_FOUND\"");
  }
}
