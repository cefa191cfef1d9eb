package io.pharos.server.api;

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

/// Builds answers that may be large, within the memory bounds of queries, lists and answers.
@Singleton
public class LargeAnswers {
  private static final int BYTES_PER_SAMPLE = 16;
  private static final int BYTES_PER_ROW = 200;
  private static final int CHUNK_BYTES = 32 * 1024;

  /// Longest wait for a release of memory before a query is tried again.
  private static final Duration PAUSE = Duration.ofMillis(100);

  private static final String MEMORY = LargeAnswers.class.getName();

  private final MemoryBounds budgets;
  private final QueryWork work;
  private final Semaphore turns = new Semaphore(1, true);
  private final AtomicInteger waiting = new AtomicInteger();

  /// @param work runs the queries
  public LargeAnswers(MemoryBounds budgets, QueryWork work) {
    this.budgets = budgets;
    this.work = work;
  }

  /// Runs a query and builds its answer. The result is counted as memory of queries until the
  /// answer is written. If other queries use that memory, waits and tries again until the deadline;
  /// only one query at a time tries again.
  ///
  /// @param timeout the client's limit for waiting and running; empty for the default
  public Response query(
      Optional<Duration> timeout,
      Supplier<QueryResult> query,
      Function<QueryResult, Response> answer) {
    long deadline = work.nanoTime().getAsLong() + work.limit(timeout).toNanos();
    MemoryReservation written = memory();
    // A query that waits for memory must not occupy a thread of the pool, so each attempt is a
    // task.
    Supplier<Response> attempt =
        () -> {
          var remaining = Duration.ofNanos(Math.max(1, deadline - work.nanoTime().getAsLong()));
          return work.answer(Optional.of(remaining), () -> attempt(query, answer, written));
        };
    try {
      return attempt.get();
    } catch (QueryException e) {
      if (e.kind() != QueryException.Kind.BUSY) {
        throw e;
      }
      return retryInTurn(attempt, deadline, e);
    } finally {
      closeOutsideRequest(written);
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
      if (e.isTemporary() || e.bound() == MemoryBound.QUERY) {
        throw refused(e);
      }
      throw e;
    }
  }

  /* Waits for memory and tries the query again. At most as many queries may wait for memory as for
   * a thread. */
  private Response retryInTurn(Supplier<Response> attempt, long deadline, QueryException first) {
    if (waiting.incrementAndGet() > work.maxWaiting()) {
      waiting.decrementAndGet();
      throw first;
    }
    QueryException busy = first;
    boolean acquired = false;
    try {
      acquired = turns.tryAcquire(deadline - work.nanoTime().getAsLong(), TimeUnit.NANOSECONDS);
      while (acquired && deadline - work.nanoTime().getAsLong() > 0) {
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
      if (acquired) {
        turns.release();
      }
    }
    throw busy;
  }

  /// Creates the error for a query that exceeds the memory of queries.
  public static QueryException refused(OverBudgetException e) {
    return new QueryException(
        e.isTemporary() ? QueryException.Kind.BUSY : QueryException.Kind.EXECUTION,
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

  /// Builds a list as soon as there is memory for its items. Waits for the memory at most as long
  /// as a query may take.
  ///
  /// @param items approximate number of items
  /// @param bytesPerItem memory in bytes that an item needs until it is written
  public Response list(long items, long bytesPerItem, Supplier<Response> list) {
    long deadline = work.nanoTime().getAsLong() + work.limit(Optional.empty()).toNanos();
    MemoryReservation written = memory();
    try (MemoryReservation _ =
        budgets
            .pool(MemoryBound.LISTS)
            .await(
                items * bytesPerItem, Duration.ofNanos(deadline - work.nanoTime().getAsLong()))) {
      return work.answer(() -> written(list.get(), written));
    } finally {
      closeOutsideRequest(written);
    }
  }

  /// Reads from the store on a thread of the pool of queries.
  public <T> T read(Supplier<T> reading) {
    return work.call(reading);
  }

  /// Returns the memory bounds.
  public MemoryBounds budgets() {
    return budgets;
  }

  private Response written(Response response, MemoryReservation memory) {
    if (!(response.getEntity() instanceof Rendering rendering)) {
      return response;
    }
    return Response.fromResponse(response).entity(write(rendering, memory)).build();
  }

  /// Returns the reservation for the answer to this thread's request. The reservation is closed
  /// when the request ends. If the thread has no request, the caller must close the reservation.
  private MemoryReservation memory() {
    RoutingContext request = request();
    return request == null ? budgets.pool(MemoryBound.ANSWERS).open() : memory(request);
  }

  private static void closeOutsideRequest(MemoryReservation memory) {
    if (request() == null) {
      memory.close();
    }
  }

  private static @Nullable RoutingContext request() {
    return CurrentRequestManager.get() instanceof VertxResteasyReactiveRequestContext request
        ? request.getContext()
        : null;
  }

  /// Returns the reservation for the answer to a request. The reservation is closed when the
  /// request ends.
  public MemoryReservation memory(RoutingContext request) {
    if (request.get(MEMORY) instanceof MemoryReservation existing) {
      return existing;
    }
    MemoryReservation memory = budgets.pool(MemoryBound.ANSWERS).open();
    request.put(MEMORY, memory);
    request.addEndHandler(_ -> memory.close());
    if (request.response().closed()) { // the request ended before the end handler was added
      memory.close();
    }
    return memory;
  }

  /// Writes an answer to memory.
  ///
  /// @param memory is increased to the size of the answer; on failure it is reduced to 0
  /// @throws OverBudgetException if the answer is too large, or other answers use the memory
  public byte[] write(Rendering rendering, MemoryReservation memory) {
    boolean done = false;
    try {
      var bytes = new Chunks(memory);
      rendering.writeTo(bytes);
      byte[] content = bytes.toByteArray();
      done = true;
      return content;
    } catch (IOException e) {
      throw new UncheckedIOException("an answer can't be written to memory", e);
    } catch (IllegalStateException e) {
      if (memory.isClosed()) { // closed because the client disconnected
        throw new CancelledException(CancelledException.Reason.GONE);
      }
      throw e;
    } finally {
      if (!done) {
        memory.shrink(0);
      }
    }
  }

  /* Collects bytes in chunks, so that no bytes are copied when more are added. Reserves the memory
   * of a chunk before the chunk is allocated. */
  private static final class Chunks extends OutputStream {
    private final MemoryReservation memory;
    private final List<byte[]> full = new ArrayList<>();
    private byte[] last = new byte[CHUNK_BYTES];
    private int used;

    Chunks(MemoryReservation memory) {
      this.memory = memory;
    }

    @Override
    public void write(int next) {
      write(new byte[] {(byte) next}, 0, 1);
    }

    @Override
    public void write(byte[] from, int offset, int count) {
      for (int done = 0; done < count; ) {
        if (used == CHUNK_BYTES) {
          memory.ensure((full.size() + 2L) * CHUNK_BYTES);
          full.add(last);
          last = new byte[CHUNK_BYTES];
          used = 0;
        }
        int part = Math.min(CHUNK_BYTES - used, count - done);
        System.arraycopy(from, offset + done, last, used, part);
        used += part;
        done += part;
      }
    }

    byte[] toByteArray() {
      var all = new byte[full.size() * CHUNK_BYTES + used];
      int offset = 0;
      for (byte[] chunk : full) {
        System.arraycopy(chunk, 0, all, offset, CHUNK_BYTES);
        offset += CHUNK_BYTES;
      }
      System.arraycopy(last, 0, all, offset, used);
      return all;
    }
  }
}
