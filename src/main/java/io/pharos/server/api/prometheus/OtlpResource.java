package io.pharos.server.api.prometheus;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.access.Scope;
import io.pharos.bytes.protobuf.ProtoWriter;
import io.pharos.remote.otlp.OtlpOutcome;
import io.pharos.remote.otlp.OtlpReceiver;
import io.pharos.server.api.ApiSwitches;
import io.pharos.server.api.Needs;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Prometheus' receiver of OTLP over HTTP, with the answers of OTLP's specification: what is
/// refused of a request is told as a partial success, which a sender does not repeat; 503 it
/// repeats.
@Path("/api/v1/otlp/v1/metrics")
@RunOnVirtualThread
public class OtlpResource {
  private static final Logger LOG = LoggerFactory.getLogger(OtlpResource.class);

  private final OtlpReceiver receiver;
  private final ApiSwitches switches;
  private final WriteWork work;

  OtlpResource(OtlpReceiver receiver, ApiSwitches switches, WriteWork work) {
    this.receiver = receiver;
    this.switches = switches;
    this.work = work;
  }

  @POST
  @Consumes(MediaType.WILDCARD)
  @Needs(Scope.SAMPLE_WRITE)
  public Response write(@Context HttpHeaders headers, byte[] body) {
    return write(
        headers.getHeaderString(HttpHeaders.CONTENT_TYPE),
        headers.getHeaderString(HttpHeaders.CONTENT_ENCODING),
        body);
  }

  Response write(@Nullable String contentType, @Nullable String encoding, byte[] body) {
    Spelling spelling =
        contentType != null && OtlpReceiver.isJson(contentType) ? Spelling.JSON : Spelling.PROTOBUF;
    return new ReceiverFrame(work, "otlp write", "web.enable-otlp-receiver", spelling::status)
        .receive(
            switches.otlpReceiver(),
            contentType,
            encoding,
            body,
            receiver::receive,
            outcome -> answer(outcome, spelling));
  }

  private static Response answer(OtlpOutcome outcome, Spelling spelling) {
    return switch (outcome) {
      case OtlpOutcome.Stored(long rejected, List<String> reasons) -> {
        if (rejected > 0) {
          LOG.warn("Refused {} points of OTLP: {}", rejected, reasons.getFirst());
        }
        yield spelling.success(rejected, String.join("\n", reasons));
      }
      case OtlpOutcome.Malformed(String reason) -> spelling.status(400, reason).build();
      case OtlpOutcome.TooLarge(String reason) -> spelling.status(413, reason).build();
      case OtlpOutcome.Unsupported(String reason) -> spelling.status(415, reason).build();
    };
  }

  /// An answer is spelled as its request is.
  private enum Spelling {
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
      Response.ResponseBuilder status(int status, String text) {
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
          // As protobuf's mapping has numbers of 64 bits.
          response
              .putObject("partialSuccess")
              .put("rejectedDataPoints", Long.toString(rejected))
              .put("errorMessage", reasons);
        }
        return Response.ok(response.toString()).type(MediaType.APPLICATION_JSON_TYPE).build();
      }

      @Override
      Response.ResponseBuilder status(int status, String text) {
        return Response.status(status)
            .type(MediaType.APPLICATION_JSON_TYPE)
            .entity(JsonNodeFactory.instance.objectNode().put("message", text).toString());
      }
    };

    private static final String TYPE = "application/x-protobuf";

    /// `ExportMetricsServiceResponse`; empty where all is well.
    abstract Response success(long rejected, String reasons);

    /// `google.rpc.Status`.
    abstract Response.ResponseBuilder status(int status, String text);
  }
}
