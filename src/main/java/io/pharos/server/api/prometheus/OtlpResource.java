package io.pharos.server.api.prometheus;

import io.pharos.bytes.protobuf.ProtoWriter;
import io.pharos.remote.otlp.OtlpOutcome;
import io.pharos.remote.otlp.OtlpReceiver;
import io.pharos.server.access.Scope;
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
  private static final String PROTOBUF = "application/x-protobuf";

  private final OtlpReceiver receiver;
  private final ApiSwitches switches;
  private final ReceiverFrame frame;

  OtlpResource(OtlpReceiver receiver, ApiSwitches switches, WriteWork work) {
    this.receiver = receiver;
    this.switches = switches;
    frame = new ReceiverFrame(work, "otlp write", "web.enable-otlp-receiver", OtlpResource::status);
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
    return frame.receive(
        switches.otlpReceiver(),
        contentType,
        encoding,
        body,
        receiver::receive,
        OtlpResource::answer);
  }

  private static Response answer(OtlpOutcome outcome) {
    return switch (outcome) {
      case OtlpOutcome.Stored(long rejected, List<String> reasons) -> {
        if (rejected > 0) {
          LOG.warn("Refused {} points of OTLP: {}", rejected, reasons.getFirst());
        }
        yield Response.ok(success(rejected, reasons)).type(PROTOBUF).build();
      }
      case OtlpOutcome.Malformed(String reason) -> status(400, reason).build();
      case OtlpOutcome.TooLarge(String reason) -> status(413, reason).build();
      case OtlpOutcome.Unsupported(String reason) -> status(415, reason).build();
    };
  }

  /* ExportMetricsServiceResponse; empty where all is well. */
  private static byte[] success(long rejected, List<String> reasons) {
    var response = new ProtoWriter();
    if (rejected > 0 || !reasons.isEmpty()) {
      response.message(
          1, partial -> partial.int64(1, rejected).string(2, String.join("\n", reasons)));
    }
    return response.toByteArray();
  }

  /* google.rpc.Status. */
  private static Response.ResponseBuilder status(int status, String text) {
    return Response.status(status)
        .type(PROTOBUF)
        .entity(new ProtoWriter().string(2, text).toByteArray());
  }
}
