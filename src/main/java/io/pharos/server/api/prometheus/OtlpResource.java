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

/// Prometheus' receiver of OTLP over HTTP, with the answers of OTLP's specification: rejected
/// points are a partial success, which a sender does not retry; 503 it retries.
@Path("/api/v1/otlp/v1/metrics")
@RunOnVirtualThread
public class OtlpResource extends SampleReceiverResource<OtlpReceiver.Outcome> {
  private static final Logger LOG = LoggerFactory.getLogger(OtlpResource.class);

  private final OtlpReceiver receiver;

  OtlpResource(OtlpReceiver receiver, ApiSwitches switches, WriteWork work) {
    super(work, "otlp write", "web.enable-otlp-receiver", switches.otlpReceiver());
    this.receiver = receiver;
  }

  @Override
  OtlpReceiver.Outcome store(String contentType, String contentEncoding, byte[] body) {
    return receiver.receive(contentType, contentEncoding, body);
  }

  @Override
  Response.ResponseBuilder error(int status, String text, String contentType) {
    return Format.of(contentType).error(status, text);
  }

  @Override
  Response answer(OtlpReceiver.Outcome outcome, String contentType) {
    Format format = Format.of(contentType);
    return switch (outcome) {
      case OtlpReceiver.Outcome.Stored(long rejected, List<String> reasons) -> {
        if (rejected > 0) {
          LOG.warn("{} points of an OTLP request were rejected: {}", rejected, reasons.getFirst());
        }
        yield format.success(rejected, String.join("\n", reasons));
      }
      case OtlpReceiver.Outcome.Malformed(String reason) -> format.error(400, reason).build();
      case OtlpReceiver.Outcome.TooLarge(String reason) -> format.error(413, reason).build();
      case OtlpReceiver.Outcome.Unsupported(String reason) -> format.error(415, reason).build();
    };
  }

  /// The format of a request and its answer.
  private enum Format {
    PROTOBUF {
      @Override
      Response success(long rejected, String reasons) {
        var response = new ProtoWriter();
        if (rejected > 0 || !reasons.isEmpty()) {
          response.message(1, partial -> partial.int64(1, rejected).string(2, reasons));
        }
        return Response.ok(response.toByteArray()).type(TYPE).build();
      }

      @Override
      Response.ResponseBuilder error(int status, String text) {
        return Response.status(status)
            .type(TYPE)
            .entity(new ProtoWriter().string(2, text).toByteArray());
      }
    },
    JSON {
      @Override
      Response success(long rejected, String reasons) {
        ObjectNode response = JsonNodeFactory.instance.objectNode();
        if (rejected > 0 || !reasons.isEmpty()) {
          // Protobuf's JSON mapping writes 64-bit numbers as strings.
          response
              .putObject("partialSuccess")
              .put("rejectedDataPoints", Long.toString(rejected))
              .put("errorMessage", reasons);
        }
        return Response.ok(response.toString()).type(MediaType.APPLICATION_JSON_TYPE).build();
      }

      @Override
      Response.ResponseBuilder error(int status, String text) {
        return Response.status(status)
            .type(MediaType.APPLICATION_JSON_TYPE)
            .entity(JsonNodeFactory.instance.objectNode().put("message", text).toString());
      }
    };

    private static final String TYPE = "application/x-protobuf";

    static Format of(String contentType) {
      return OtlpReceiver.isJson(contentType) ? JSON : PROTOBUF;
    }

    /// `ExportMetricsServiceResponse`; empty if all points were stored.
    abstract Response success(long rejected, String reasons);

    /// `google.rpc.Status`.
    abstract Response.ResponseBuilder error(int status, String text);
  }
}
