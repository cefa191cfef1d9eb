package io.pharos.server.api.prometheus;

import io.pharos.remote.write.WriteReceiver;
import io.pharos.remote.write.WriteVersion;
import io.pharos.server.api.ApiSwitches;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Prometheus' receiver of Remote Write. Senders retry after 5xx and drop the samples after 4xx. So
/// a request that can never be stored is answered with 400, and 503 means that the store is
/// unavailable.
@Path("/api/v1/write")
@RunOnVirtualThread
public class RemoteWriteResource extends SampleReceiverResource<WriteReceiver.Outcome> {
  private static final Logger LOG = LoggerFactory.getLogger(RemoteWriteResource.class);

  private final WriteReceiver receiver;

  RemoteWriteResource(WriteReceiver receiver, ApiSwitches switches, WriteWork work) {
    super(work, "remote write", "web.enable-remote-write-receiver", switches.remoteWriteReceiver());
    this.receiver = receiver;
  }

  @Override
  long uncompressedLength(String contentEncoding, byte[] body) {
    return WriteReceiver.uncompressedLength(body);
  }

  @Override
  WriteReceiver.Outcome store(
      String sender, String contentType, String contentEncoding, byte[] body) {
    return receiver.receive(sender, contentType, contentEncoding, body);
  }

  @Override
  Response.ResponseBuilder error(int status, String text, String contentType) {
    return error(status, text);
  }

  private static Response.ResponseBuilder error(int status, String text) {
    return Response.status(status).type(MediaType.TEXT_PLAIN_TYPE).entity(text + "\n");
  }

  @Override
  Response answer(WriteReceiver.Outcome outcome, String contentType) {
    return switch (outcome) {
      case WriteReceiver.Outcome.Written(
              WriteVersion version,
              WriteReceiver.Outcome.Counts counts) ->
          withCounts(Response.status(204), version, counts).build();
      case WriteReceiver.Outcome.PartlyRefused refused -> {
        String text = String.join("\n", refused.reasons());
        LOG.warn("a part of a remote write was rejected: {}", refused.reasons().getFirst());
        yield withCounts(error(400, text), refused.version(), refused.counts()).build();
      }
      case WriteReceiver.Outcome.Malformed(String reason) -> error(400, reason).build();
      case WriteReceiver.Outcome.TooLarge(String reason) -> error(413, reason).build();
      case WriteReceiver.Outcome.Unsupported(String reason) -> error(415, reason).build();
    };
  }

  /* The headers with the counts are only in version 2.0 of the protocol. */
  private static Response.ResponseBuilder withCounts(
      Response.ResponseBuilder response,
      WriteVersion version,
      WriteReceiver.Outcome.Counts counts) {
    return switch (version) {
      case V1 -> response;
      case V2 ->
          response
              .header("X-Prometheus-Remote-Write-Samples-Written", counts.samples())
              .header("X-Prometheus-Remote-Write-Histograms-Written", counts.histograms())
              .header("X-Prometheus-Remote-Write-Exemplars-Written", counts.exemplars());
    };
  }
}
