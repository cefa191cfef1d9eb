package io.pharos.server.api;

import static java.util.Objects.requireNonNull;

import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.limits.heap.MemoryReservation;
import io.pharos.limits.heap.OverBudgetException;
import io.pharos.limits.work.CancelledException;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryResult;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.promql.value.Scalar;
import io.pharos.promql.value.StringValue;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jboss.resteasy.reactive.server.core.CurrentRequestManager;
import org.jboss.resteasy.reactive.server.vertx.VertxResteasyReactiveRequestContext;
import org.jspecify.annotations.Nullable;

/// Makes large answers within the memory that there is for that.
@Singleton
public class LargeAnswers {
  private static final int BYTES_PER_SAMPLE = 16;
  private static final int BYTES_PER_ROW = 200;
  private static final int CHUNK = 32 * 1024;
  /* What takes the memory of answers, which is not waited for, may be given back meanwhile. */
  private static final Duration PAUSE = Duration.ofMillis(100);

  private static final String MEMORY = LargeAnswers.class.getName();

  private final MemoryBounds budgets;
  private final QueryWork work;
  private final Semaphore turns = new Semaphore(1, true);
  private final AtomicInteger waiting = new AtomicInteger();

  /// @param work where they are made
  public LargeAnswers(MemoryBounds budgets, QueryWork work) {
    this.budgets = requireNonNull(budgets, "budgets is null");
    this.work = requireNonNull(work, "work is null");
  }

  /// Makes the answer to a query, whose result counts until the answer is written. Where others
  /// have the memory it waits for its turn and is tried again, one such query after the other, as
  /// long as it has time.
  ///
  /// @param timeout how long it may wait and take, where the client says
  public Response query(
      Optional<Duration> timeout,
      Supplier<QueryResult> query,
      Function<QueryResult, Response> answer) {
    long deadline = work.nanoTime() + work.most(timeout).toNanos();
    MemoryReservation written = memory();
    // Whoever waits for memory keeps no thread of the pool.
    Supplier<Response> attempt =
        () -> {
          var left = Duration.ofNanos(Math.max(1, deadline - work.nanoTime()));
          return work.answer(Optional.of(left), () -> attempt(query, answer, written));
        };
    try {
      return attempt.get();
    } catch (QueryException e) {
      if (e.kind() != QueryException.Kind.BUSY) {
        throw e;
      }
      return inTurn(attempt, deadline, e);
    } finally {
      closeUnlessAsked(written);
    }
  }

  private Response attempt(
      Supplier<QueryResult> query,
      Function<QueryResult, Response> answer,
      MemoryReservation written) {
    try (MemoryReservation memory = budgets.pool(MemoryBound.QUERIES).openModest()) {
      QueryResult result = query.get();
      memory.ensure(weight(result));
      return written(answer.apply(result), written);
    } catch (OverBudgetException e) {
      if (e.isPassing() || e.budget() == MemoryBound.QUERY) {
        throw refused(e);
      }
      throw e;
    }
  }

  /* As many wait here as may wait for a thread. */
  private Response inTurn(Supplier<Response> attempt, long deadline, QueryException first) {
    if (waiting.incrementAndGet() > work.waiting()) {
      waiting.decrementAndGet();
      throw first;
    }
    QueryException busy = first;
    boolean ours = false;
    try {
      ours = turns.tryAcquire(deadline - work.nanoTime(), TimeUnit.NANOSECONDS);
      while (ours && deadline - work.nanoTime() > 0) {
        try {
          return attempt.get();
        } catch (QueryException e) {
          if (e.kind() != QueryException.Kind.BUSY) {
            throw e;
          }
          busy = e;
          budgets.pool(MemoryBound.QUERIES).awaitRelease(PAUSE);
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } finally {
      waiting.decrementAndGet();
      if (ours) {
        turns.release();
      }
    }
    throw busy;
  }

  /// The refusal of a query by its memory.
  public static QueryException refused(OverBudgetException e) {
    return new QueryException(
        e.isPassing() ? QueryException.Kind.BUSY : QueryException.Kind.EXECUTION,
        "the memory of queries: " + e.reason(),
        e);
  }

  private static long weight(QueryResult result) {
    return switch (result.value()) {
      case Scalar _, StringValue _ -> BYTES_PER_ROW;
      case InstantVector vector -> (long) vector.size() * BYTES_PER_ROW;
      case RangeMatrix matrix -> {
        long bytes = (long) matrix.series().size() * BYTES_PER_ROW;
        for (var series : matrix.series()) {
          bytes += (long) series.size() * BYTES_PER_SAMPLE;
        }
        yield bytes;
      }
    };
  }

  /// Makes a list when there is room for what it is made of; waits for that as long as a query may.
  ///
  /// @param items about how many things it has
  /// @param bytesPerItem what one takes until it is written
  public Response list(long items, long bytesPerItem, Supplier<Response> list) {
    long deadline = work.nanoTime() + work.most(Optional.empty()).toNanos();
    MemoryReservation written = memory();
    try (MemoryReservation _ =
        budgets
            .pool(MemoryBound.LISTS)
            .await(items * bytesPerItem, Duration.ofNanos(deadline - work.nanoTime()))) {
      return work.answer(() -> written(list.get(), written));
    } finally {
      closeUnlessAsked(written);
    }
  }

  /// Looks at the store on the threads for that.
  public <T> T look(Supplier<T> look) {
    return work.call(look);
  }

  /// Bounds of memory in force.
  public MemoryBounds budgets() {
    return budgets;
  }

  private Response written(Response response, MemoryReservation memory) {
    if (!(response.getEntity() instanceof Rendering rendering)) {
      return response;
    }
    return Response.fromResponse(response).entity(write(rendering, memory)).build();
  }

  /// What the answer to the request on this thread has of the memory for answers, until the request
  /// is at its end; where there is no such request, until the answer is written.
  private MemoryReservation memory() {
    RoutingContext request = request();
    return request == null ? budgets.pool(MemoryBound.ANSWERS).open() : memory(request);
  }

  private static void closeUnlessAsked(MemoryReservation memory) {
    if (request() == null) {
      memory.close();
    }
  }

  private static @Nullable RoutingContext request() {
    return CurrentRequestManager.get() instanceof VertxResteasyReactiveRequestContext request
        ? request.getContext()
        : null;
  }

  /// As [#memory()], of a request.
  public MemoryReservation memory(RoutingContext request) {
    if (request.get(MEMORY) instanceof MemoryReservation known) {
      return known;
    }
    MemoryReservation memory = budgets.pool(MemoryBound.ANSWERS).open();
    request.put(MEMORY, memory);
    request.addEndHandler(_ -> memory.close());
    if (request.response().closed()) { // before anybody could have told us
      memory.close();
    }
    return memory;
  }

  /// Writes all of an answer.
  ///
  /// @param memory what it takes; it has the length of the answer then, and nothing where there was
  ///   none
  /// @throws OverBudgetException when it is too large, or others take the room
  public byte[] write(Rendering rendering, MemoryReservation memory) {
    boolean done = false;
    try {
      var bytes = new Chunks(memory);
      rendering.writeTo(bytes);
      byte[] all = bytes.toByteArray();
      done = true;
      return all;
    } catch (IOException e) {
      throw new UncheckedIOException("writing an answer to memory", e);
    } catch (IllegalStateException e) {
      if (memory.isClosed()) { // the client went
        throw new CancelledException(CancelledException.Reason.GONE);
      }
      throw e;
    } finally {
      if (!done) {
        memory.shrink(0);
      }
    }
  }

  /* Grows without copies, and takes of the memory before it does. */
  private static final class Chunks extends OutputStream {
    private final MemoryReservation memory;
    private final List<byte[]> full = new ArrayList<>();
    private byte[] last = new byte[CHUNK];
    private int used;

    Chunks(MemoryReservation memory) {
      this.memory = memory;
    }

    @Override
    public void write(int next) {
      write(new byte[] {(byte) next}, 0, 1);
    }

    @Override
    public void write(byte[] from, int at, int count) {
      for (int done = 0; done < count; ) {
        if (used == CHUNK) {
          memory.ensure((full.size() + 2L) * CHUNK);
          full.add(last);
          last = new byte[CHUNK];
          used = 0;
        }
        int part = Math.min(CHUNK - used, count - done);
        System.arraycopy(from, at + done, last, used, part);
        used += part;
        done += part;
      }
    }

    byte[] toByteArray() {
      var all = new byte[full.size() * CHUNK + used];
      int at = 0;
      for (byte[] chunk : full) {
        System.arraycopy(chunk, 0, all, at, CHUNK);
        at += CHUNK;
      }
      System.arraycopy(last, 0, all, at, used);
      return all;
    }
  }
}
