package io.pharos.server.api.refusal;

import io.pharos.limits.heap.MemoryReservation;
import io.pharos.limits.heap.OverBudgetException;
import io.pharos.server.api.LargeAnswers;
import io.pharos.server.api.Rendering;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.nio.charset.StandardCharsets;
import org.jboss.resteasy.reactive.server.ServerResponseFilter;

/// Counts the memory of answers until their clients have received them. An answer that is too large
/// is replaced by 422. If other answers use the memory, the answer is replaced by 503.
public class AnswerFilter {
  /// Maximum size in bytes of an answer whose memory is not counted. The limit of connections
  /// bounds the memory of such answers.
  private static final int MAX_UNCOUNTED_BYTES = 16 * 1024;

  private final LargeAnswers answers;

  AnswerFilter(LargeAnswers answers) {
    this.answers = answers;
  }

  @ServerResponseFilter
  void account(
      ContainerRequestContext request, ContainerResponseContext response, RoutingContext routing) {
    try {
      if (response.getEntity() instanceof Rendering rendering) {
        response.setEntity(answers.write(rendering, answers.memory(routing)));
      }
      if (response.getEntity() instanceof byte[] bytes && bytes.length > MAX_UNCOUNTED_BYTES) {
        response.setEntity(sending(bytes, routing));
      } else if (response.getEntity() instanceof String text
          && text.length() > MAX_UNCOUNTED_BYTES) {
        response.setEntity(sending(text.getBytes(StandardCharsets.UTF_8), routing));
      }
    } catch (OverBudgetException e) {
      String path = request.getUriInfo().getPath();
      Response refusal = ErrorMapper.answerOverBudget(e, path);
      response.setStatus(refusal.getStatus());
      refusal.getHeaders().forEach((name, values) -> response.getHeaders().put(name, values));
      Object entity = refusal.getEntity();
      response.setEntity(entity instanceof Rendering rendering ? rendering.bytes() : entity);
    }
  }

  /// Sends an answer as fast as its client reads, and counts the answer's memory until the end. If
  /// the answer were written at once, it would wait in the connection's queue, whose memory is not
  /// counted.
  private StreamingOutput sending(byte[] bytes, RoutingContext routing) {
    MemoryReservation memory = answers.memory(routing);
    if (!memory.isClosed()) {
      memory.ensure(bytes.length);
      memory.shrink(bytes.length);
    }
    return out -> {
      try (memory) {
        out.write(bytes);
      }
    };
  }
}
