package io.pharos.server.api.refusal;

import static java.util.Objects.requireNonNull;

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

/// Keeps answers until their clients have them within the memory that there is for that: one that
/// is too large is refused with 422, and with 503 where others take the room.
public class AnswerFilter {
  /// Smaller ones are as many as there are connections, and are not counted.
  private static final int SMALL = 16 * 1024;

  private final LargeAnswers answers;

  AnswerFilter(LargeAnswers answers) {
    this.answers = requireNonNull(answers, "answers is null");
  }

  @ServerResponseFilter
  void account(
      ContainerRequestContext request, ContainerResponseContext response, RoutingContext routing) {
    try {
      if (response.getEntity() instanceof Rendering rendering) {
        response.setEntity(answers.write(rendering, answers.memory(routing)));
      }
      if (response.getEntity() instanceof byte[] bytes && bytes.length > SMALL) {
        response.setEntity(sending(bytes, routing));
      } else if (response.getEntity() instanceof String text && text.length() > SMALL) {
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

  /// An answer that goes out no faster than its client reads, and counts until the last of it is
  /// out: handed over as a whole it would lie in the connection's queue, where nobody counts it.
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
