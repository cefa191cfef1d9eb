package io.pharos.server.api.prometheus;

import io.pharos.access.Scope;
import io.pharos.remote.write.WriteCounts;
import io.pharos.remote.write.WriteOutcome;
import io.pharos.remote.write.WriteReceiver;
import io.pharos.remote.write.WriteVersion;
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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Prometheus' receiver of Remote Write. A sender repeats what is answered with 5xx, and drops what
/// is answered with 4xx: so what can never be stored is 400, and a store that does not work is 503.
@Path("/api/v1/write")
@RunOnVirtualThread
public class RemoteWriteResource {
  private static final Logger LOG = LoggerFactory.getLogger(RemoteWriteResource.class);

  private final WriteReceiver receiver;
  private final ApiSwitches switches;
  private final ReceiverFrame frame;

  RemoteWriteResource(WriteReceiver receiver, ApiSwitches switches, WriteWork work) {
    this.receiver = receiver;
    this.switches = switches;
    frame =
        new ReceiverFrame(
            work, "remote write", "web.enable-remote-write-receiver", RemoteWriteResource::plainly);
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
        switches.remoteWriteReceiver(),
        contentType,
        encoding,
        body,
        receiver::receive,
        RemoteWriteResource::answer);
  }

  private static Response answer(WriteOutcome outcome) {
    return switch (outcome) {
      case WriteOutcome.Written(WriteVersion version, WriteCounts counts) ->
          counted(Response.status(204), version, counts).build();
      case WriteOutcome.PartlyRefused refused -> {
        String text = String.join("\n", refused.reasons());
        LOG.warn("Refused a part of a remote write: {}", refused.reasons().getFirst());
        yield counted(plainly(400, text), refused.version(), refused.counts()).build();
      }
      case WriteOutcome.Malformed(String reason) -> plain(400, reason);
      case WriteOutcome.TooLarge(String reason) -> plain(413, reason);
      case WriteOutcome.Unsupported(String reason) -> plain(415, reason);
    };
  }

  /* Version 1.0 knows no such headers. */
  private static Response.ResponseBuilder counted(
      Response.ResponseBuilder response, WriteVersion version, WriteCounts counts) {
    return switch (version) {
      case V1 -> response;
      case V2 ->
          response
              .header("X-Prometheus-Remote-Write-Samples-Written", counts.samples())
              .header("X-Prometheus-Remote-Write-Histograms-Written", counts.histograms())
              .header("X-Prometheus-Remote-Write-Exemplars-Written", counts.exemplars());
    };
  }

  private static Response plain(int status, String text) {
    return plainly(status, text).build();
  }

  private static Response.ResponseBuilder plainly(int status, String text) {
    return Response.status(status).type(MediaType.TEXT_PLAIN_TYPE).entity(text + "\n");
  }
}
