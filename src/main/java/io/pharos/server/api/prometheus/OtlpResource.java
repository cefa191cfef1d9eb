package io.pharos.server.api.prometheus;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.bytes.protobuf.ProtoWriter;
import io.pharos.remote.otlp.OtlpReceiver;
import io.pharos.server.api.ApiSwitches;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Prometheus' receiver of OTLP over HTTP, with the answers of OTLP's specification. Rejected
/// points are a partial success, which senders do not retry; after 503 senders retry.
@Path("/api/v1/otlp/v1/metrics")
@RunOnVirtualThread
public class OtlpResource extends SampleReceiverResource<OtlpReceiver.Outcome> {
  private static final Logger LOG = LoggerFactory.getLogger(OtlpResource.class);

  private static final String PROTOBUF = "application/x-protobuf";

  private final OtlpReceiver receiver;

  OtlpResource(OtlpReceiver receiver, ApiSwitches switches, WriteWork work) {
    super(work, "otlp write", "web.enable-otlp-receiver", switches.otlpReceiver());
    this.receiver = receiver;
  }

  @Override
  long uncompressedLength(String contentEncoding, byte[] body) {
    return OtlpReceiver.uncompressedLength(contentEncoding, body);
  }

  @Override
  OtlpReceiver.Outcome store(
      String sender, String contentType, String contentEncoding, byte[] body) {
    return receiver.receive(sender, contentType, contentEncoding, body);
  }

  @Override
  Response answer(OtlpReceiver.Outcome outcome, String contentType) {
    return switch (outcome) {
      case OtlpReceiver.Outcome.Stored(long rejected, List<String> reasons) -> {
        if (rejected > 0) {
          LOG.warn("{} points of an OTLP request were rejected: {}", rejected, reasons.getFirst());
        }
        yield success(OtlpReceiver.isJson(contentType), rejected, String.join("\n", reasons));
      }
      case OtlpReceiver.Outcome.Malformed(String reason) -> error(400, reason, contentType).build();
      case OtlpReceiver.Outcome.TooLarge(String reason) -> error(413, reason, contentType).build();
      case OtlpReceiver.Outcome.Unsupported(String reason) ->
          error(415, reason, contentType).build();
    };
  }

  /// Returns a message `ExportMetricsServiceResponse`; it has no fields if all points were stored.
  private static Response success(boolean inJson, long rejected, String reasons) {
    boolean isPartial = rejected > 0 || !reasons.isEmpty();
    if (inJson) {
      ObjectNode response = JsonNodeFactory.instance.objectNode();
      if (isPartial) {
        // The JSON form of protobuf writes 64-bit numbers as strings.
        response
            .putObject("partialSuccess")
            .put("rejectedDataPoints", Long.toString(rejected))
            .put("errorMessage", reasons);
      }
      return Response.ok(response.toString()).type(MediaType.APPLICATION_JSON_TYPE).build();
    }
    var response = new ProtoWriter();
    if (isPartial) {
      response.message(1, partial -> partial.int64(1, rejected).string(2, reasons));
    }
    return Response.ok(response.toByteArray()).type(PROTOBUF).build();
  }

  /// Returns an error as a message `google.rpc.Status`.
  @Override
  Response.ResponseBuilder error(int status, String text, String contentType) {
    return OtlpReceiver.isJson(contentType)
        ? Response.status(status)
            .type(MediaType.APPLICATION_JSON_TYPE)
            .entity(JsonNodeFactory.instance.objectNode().put("message", text).toString())
        : Response.status(status)
            .type(PROTOBUF)
            .entity(new ProtoWriter().string(2, text).toByteArray());
  }
}
