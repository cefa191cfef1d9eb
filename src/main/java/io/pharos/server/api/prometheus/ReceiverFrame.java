package io.pharos.server.api.prometheus;

import io.pharos.limits.work.BusyException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.UncheckedIOException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What receivers of samples have in common, whatever protocol they speak: a flag that switches
/// them on, work on the pool of writes, and 503 with the time to wait where nothing was stored for
/// a reason of Pharos' own, which every sender repeats.
///
/// @param protocol for people, such as `remote write`
/// @param flag that switches it on, without the dashes
/// @param refusal an answer as the protocol spells it
record ReceiverFrame(WriteWork work, String protocol, String flag, Refusal refusal) {
  private static final Logger LOG = LoggerFactory.getLogger(ReceiverFrame.class);
  private static final int RETRY_SECONDS = 2;

  /// Spells an answer that says why not.
  interface Refusal {
    Response.ResponseBuilder of(int status, String text);
  }

  /// Reads and stores a body.
  interface Receiver<T> {
    /// Does both.
    ///
    /// @param contentType the header, empty if absent
    /// @param contentEncoding the header, empty if absent
    /// @throws UncheckedIOException when the store can't be written; then nothing is stored
    T receive(String contentType, String contentEncoding, byte[] body);
  }

  /// Has a body received.
  ///
  /// @param isOn whether the flag is set
  /// @param answer makes the answer of what became of it
  <T> Response receive(
      boolean isOn,
      @Nullable String contentType,
      @Nullable String contentEncoding,
      byte[] body,
      Receiver<T> receiver,
      Function<T, Response> answer) {
    if (!isOn) {
      return Response.status(404)
          .type(MediaType.TEXT_PLAIN_TYPE)
          .entity("%s receiver needs to be enabled with --%s\n".formatted(protocol, flag))
          .build();
    }
    String type = contentType == null ? "" : contentType;
    String encoding = contentEncoding == null ? "" : contentEncoding;
    try {
      return answer.apply(work.call(() -> receiver.receive(type, encoding, body)));
    } catch (BusyException _) {
      return later("too many writes wait for their turn");
    } catch (UncheckedIOException e) {
      LOG.error("Samples that came by {} were not stored", protocol, e);
      return later("the samples can't be stored now");
    }
  }

  private Response later(String why) {
    return refusal.of(503, why).header(HttpHeaders.RETRY_AFTER, RETRY_SECONDS).build();
  }
}
