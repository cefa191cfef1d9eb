package io.pharos.probe.protocol;

import io.pharos.bytes.protobuf.ProtoReader;
import io.pharos.bytes.protobuf.ProtoWriter;
import io.pharos.probe.ProbeCheck;
import java.io.IOException;
import java.net.Socket;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLSocket;

/// Runs a [ProbeCheck.GrpcCheck]: one call of `Check` of the service `grpc.health.v1.Health`,
/// gRPC's health checking protocol.
record GrpcProbe(ProbeConnector connector, String userAgent) {
  private static final String METHOD = "/grpc.health.v1.Health/Check";
  private static final String HTTP2 = "h2";

  /// Length of a message's prefix in bytes: compression flag and message length.
  private static final int PREFIX_BYTES = 5;

  private static final List<String> CODES =
      List.of(
          "OK",
          "CANCELLED",
          "UNKNOWN",
          "INVALID_ARGUMENT",
          "DEADLINE_EXCEEDED",
          "NOT_FOUND",
          "ALREADY_EXISTS",
          "PERMISSION_DENIED",
          "RESOURCE_EXHAUSTED",
          "FAILED_PRECONDITION",
          "ABORTED",
          "OUT_OF_RANGE",
          "UNIMPLEMENTED",
          "INTERNAL",
          "UNAVAILABLE",
          "DATA_LOSS",
          "UNAUTHENTICATED");

  private static final List<String> STATUSES =
      List.of("UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN");

  /// Returns the facts if the health service answers that the service is serving.
  ///
  /// @param usedVariables variables of the expression
  ProbeFacts run(ProbeCheck.GrpcCheck check, Set<String> usedVariables, ProbeAttempt attempt)
      throws ProbeException, IOException, InterruptedException {
    Socket socket =
        connector.connect(attempt, check.server(), check.ip(), check.tls(), List.of(HTTP2));
    if (socket instanceof SSLSocket secure && !HTTP2.equals(secure.getApplicationProtocol())) {
      throw ProbeException.failure("tls: the server does not support HTTP/2 (ALPN h2)");
    }
    var wire = new Http2Wire(socket.getInputStream(), socket.getOutputStream(), attempt);
    byte[] question = new ProtoWriter().string(1, check.service()).toByteArray();
    Http2Wire.Answer answer =
        wire.post(
            METHOD,
            check.tls() != null,
            check.instance(),
            Map.of(
                "content-type",
                "application/grpc",
                "te",
                "trailers",
                "user-agent",
                userAgent,
                "grpc-timeout",
                Math.max(1, attempt.remaining().toMillis()) + "m"),
            ByteBuffer.allocate(PREFIX_BYTES + question.length)
                .put((byte) 0)
                .putInt(question.length)
                .put(question)
                .array());
    return verify(check, usedVariables, answer, attempt);
  }

  private static ProbeFacts verify(
      ProbeCheck.GrpcCheck check,
      Set<String> usedVariables,
      Http2Wire.Answer answer,
      ProbeAttempt attempt)
      throws ProbeException {
    String http = answer.headers().getOrDefault(":status", "");
    String type = answer.headers().getOrDefault("content-type", "");
    String codeText = answer.headers().getOrDefault("grpc-status", "");
    if (!http.equals("200")
        || !type.startsWith("application/grpc")
        || !codeText.matches("\\d{1,4}")) {
      throw ProbeException.failure(
          "found status %s of %s and grpc-status %s, expected a gRPC answer"
              .formatted(
                  ProbeFacts.shown(http), ProbeFacts.shown(type), ProbeFacts.shown(codeText)));
    }
    int code = Integer.parseInt(codeText);
    attempt.recordValue("probe_grpc_status_code", code);
    String name = code < CODES.size() ? CODES.get(code) : codeText;
    String message = decoded(answer.headers().getOrDefault("grpc-message", ""));
    var facts = new ProbeFacts().put("code", name).put("message", message);
    attempt.facts = facts;
    if (code != 0) {
      if (!usedVariables.contains("code")) {
        throw ProbeException.assertion(
            "found "
                + name
                + (message.isEmpty() ? "" : " with " + ProbeFacts.shown(message))
                + ", expected OK of "
                + METHOD.substring(1)
                + (check.service().isEmpty() ? "" : " for " + ProbeFacts.shown(check.service())));
      }
      return facts;
    }
    String status = status(answer.body());
    facts.put("status", status);
    if (!usedVariables.contains("status") && !status.equals("SERVING")) {
      throw ProbeException.assertion("found " + status + ", expected SERVING");
    }
    return facts;
  }

  private static String status(byte[] body) throws ProbeException {
    if (body.length < PREFIX_BYTES
        || body[0] != 0
        || ByteBuffer.wrap(body, 1, 4).getInt() != body.length - PREFIX_BYTES) {
      throw ProbeException.failure(
          "found " + body.length + " bytes, expected one uncompressed gRPC message");
    }
    int status = 0;
    try {
      var message = new ProtoReader(java.util.Arrays.copyOfRange(body, PREFIX_BYTES, body.length));
      while (message.next()) {
        if (message.field() == 1) {
          status = message.int32();
        }
      }
    } catch (ProtoReader.ProtobufException e) {
      throw ProbeException.failure("found no HealthCheckResponse: " + e.getMessage());
    }
    return status >= 0 && status < STATUSES.size()
        ? STATUSES.get(status)
        : Integer.toString(status);
  }

  /* Decodes percent-encoded UTF-8, in which a plus sign is literal. */
  private static String decoded(String message) {
    try {
      return URLDecoder.decode(message.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException _) { // the message is not encoded
      return message;
    }
  }
}
