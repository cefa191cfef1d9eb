package io.pharos.server.api.prometheus;

import io.pharos.access.Scope;
import io.pharos.remote.read.ReadService;
import io.pharos.server.api.Needs;
import io.pharos.server.api.QueryWork;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;

/// Prometheus' Remote Read, for servers that name this service in their `remote_read`.
@Path("/api/v1/read")
@RunOnVirtualThread
public class RemoteReadResource {
  private final ReadService service;
  private final QueryWork work;

  RemoteReadResource(ReadService service, QueryWork work) {
    this.service = service;
    this.work = work;
  }

  /// Returns the requested samples, in one message or as a stream of frames.
  @POST
  @Consumes(MediaType.WILDCARD)
  @Needs(Scope.READ)
  public Response read(byte[] body) {
    try {
      return switch (work.call(() -> service.answer(body))) {
        case ReadService.Answer.Samples(byte[] message) ->
            Response.ok(message)
                .type("application/x-protobuf")
                .header(HttpHeaders.CONTENT_ENCODING, "snappy")
                .build();
        case ReadService.Answer.Streamed(ReadService.Frames frames) ->
            Response.ok((StreamingOutput) out -> write(frames, out))
                .type("application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse")
                .build();
      };
    } catch (ReadService.RefusedException e) {
      return Response.status(400)
          .type(MediaType.TEXT_PLAIN_TYPE)
          .entity(e.getMessage() + "\n")
          .build();
    }
  }

  /* Frames are built on the pool of queries but written on this thread, so a slow client
   * occupies no thread of the pool. If the client has disconnected, the next write fails. */
  private void write(ReadService.Frames frames, OutputStream out) throws IOException {
    Optional<byte[]> frame = work.call(frames::next);
    while (frame.isPresent()) {
      out.write(frame.get());
      frame = work.call(frames::next);
    }
  }
}
