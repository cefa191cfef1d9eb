package io.pharos.server.api.prometheus;

import io.pharos.access.Scope;
import io.pharos.limits.work.BusyException;
import io.pharos.server.api.Caller;
import io.pharos.server.api.Needs;
import io.pharos.server.api.RequestBody;
import io.pharos.server.api.Routine;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An endpoint that receives samples. A flag enables it. Requests are processed on the pool of
/// writes. If a fault of Pharos or too many waiting writes prevent storing, the endpoint answers
/// 503 with `Retry-After`. Every sender then retries.
///
/// @param <T> outcome of a request
abstract class SampleReceiverResource<T> {
  private static final Logger LOG = LoggerFactory.getLogger(SampleReceiverResource.class);
  private static final int RETRY_SECONDS = 2;

  private final WriteWork work;
  private final String protocol;
  private final String flag;
  private final boolean isEnabled;

  /// @param protocol name of the protocol in messages, such as `remote write`
  /// @param flag flag that enables the endpoint, without dashes
  SampleReceiverResource(WriteWork work, String protocol, String flag, boolean isEnabled) {
    this.work = work;
    this.protocol = protocol;
    this.flag = flag;
    this.isEnabled = isEnabled;
  }

  /// Returns the length in bytes that a body has uncompressed, as it states.
  ///
  /// @param contentEncoding the header; empty if absent
  abstract long uncompressedLength(String contentEncoding, byte[] body);

  /// Parses a body and stores its samples.
  ///
  /// @param sender name of the sender
  /// @param contentType the header; empty if absent
  /// @param contentEncoding the header; empty if absent
  /// @throws UncheckedIOException if the store can't be written; then nothing is stored
  abstract T store(String sender, String contentType, String contentEncoding, byte[] body);

  /// Returns the answer for an outcome.
  ///
  /// @param contentType format of the request, which is also the format of the answer
  abstract Response answer(T outcome, String contentType);

  /// Returns an error.
  ///
  /// @param contentType format of the request, which is also the format of the answer
  abstract Response.ResponseBuilder error(int status, String text, String contentType);

  /// Receives samples. The caller's token names the sender.
  @POST
  @Consumes(MediaType.WILDCARD)
  @Routine
  @Needs(Scope.SAMPLE_WRITE)
  public Response write(
      @Context HttpHeaders headers, @Context SecurityContext security, InputStream body)
      throws IOException {
    byte[] bytes = body.readAllBytes();
    String encoding = headers.getHeaderString(HttpHeaders.CONTENT_ENCODING);
    if (isEnabled && body instanceof RequestBody metered) {
      metered.uncompress(uncompressedLength(encoding == null ? "" : encoding, bytes));
    }
    return write(
        Caller.of(security).name(),
        headers.getHeaderString(HttpHeaders.CONTENT_TYPE),
        encoding,
        bytes);
  }

  Response write(
      String sender, @Nullable String contentType, @Nullable String contentEncoding, byte[] body) {
    if (!isEnabled) {
      return Response.status(404)
          .type(MediaType.TEXT_PLAIN_TYPE)
          .entity("%s receiver needs to be enabled with --%s\n".formatted(protocol, flag))
          .build();
    }
    String type = contentType == null ? "" : contentType;
    String encoding = contentEncoding == null ? "" : contentEncoding;
    try {
      return answer(work.call(() -> store(sender, type, encoding, body)), type);
    } catch (BusyException _) {
      return retryLater("too many writes are waiting", type);
    } catch (UncheckedIOException e) {
      LOG.error("samples received by {} were not stored; the sender will retry", protocol, e);
      return retryLater("the samples can't be stored now", type);
    }
  }

  private Response retryLater(String reason, String contentType) {
    return error(503, reason, contentType).header(HttpHeaders.RETRY_AFTER, RETRY_SECONDS).build();
  }
}
