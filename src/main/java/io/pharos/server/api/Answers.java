package io.pharos.server.api;

import static java.util.Objects.requireNonNull;

import io.pharos.limits.heap.Allotment;
import io.pharos.limits.heap.Budget;
import io.pharos.limits.heap.Budgets;
import io.pharos.limits.heap.OverBudgetException;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryResult;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.promql.value.Scalar;
import io.pharos.promql.value.StringValue;
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
import java.util.function.Function;
import java.util.function.Supplier;

/// Makes large answers within the memory that there is for that.
@Singleton
public class Answers {
  private static final int BYTES_PER_SAMPLE = 16;
  private static final int BYTES_PER_ROW = 200;
  private static final int CHUNK = 32 * 1024;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final Duration PAUSE = Duration.ofMillis(20);

  private final Budgets budgets;
  private final QueryWork work;
  private final Semaphore turns = new Semaphore(1, true);

  /// @param work where they are made
  public Answers(Budgets budgets, QueryWork work) {
    this.budgets = requireNonNull(budgets, "budgets is null");
    this.work = requireNonNull(work, "work is null");
  }

  /// Makes the answer to a query, whose result counts until the answer is written. Where others
  /// have the memory it is tried again, one such query after the other.
  ///
  /// @param timeout how long it may take, where the client says
  public Response query(
      Optional<Duration> timeout,
      Supplier<QueryResult> query,
      Function<QueryResult, Response> answer) {
    // Whoever waits for memory keeps no thread of the pool.
    Supplier<Response> attempt = () -> work.answer(timeout, () -> attempt(query, answer));
    try {
      return attempt.get();
    } catch (QueryException e) {
      return inTurn(attempt, e);
    }
  }

  private Response attempt(Supplier<QueryResult> query, Function<QueryResult, Response> answer) {
    try (Allotment memory = budgets.pool(Budget.QUERIES).openModest()) {
      QueryResult result = query.get();
      memory.ensure(weight(result));
      return written(answer.apply(result));
    } catch (OverBudgetException e) {
      if (e.isPassing() || e.budget() == Budget.QUERY) {
        throw refused(e);
      }
      throw e;
    }
  }

  private Response inTurn(Supplier<Response> attempt, QueryException first) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    QueryException busy = first;
    boolean ours = false;
    try {
      while (busy.kind() == QueryException.Kind.BUSY) {
        long left = deadline - System.nanoTime();
        ours = ours || turns.tryAcquire(left, TimeUnit.NANOSECONDS);
        if (!ours || left <= 0) {
          break;
        }
        try {
          return attempt.get();
        } catch (QueryException e) {
          busy = e;
          TimeUnit.MILLISECONDS.sleep(PAUSE.toMillis());
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } finally {
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

  /// Makes a list when there is room for what it is made of; waits a while for that.
  ///
  /// @param items about how many things it has
  /// @param bytesPerItem what one takes until it is written
  public Response list(long items, long bytesPerItem, Supplier<Response> list) {
    // A request's own body may have some of it: half of the whole can always be had.
    long wanted = Math.min(items * bytesPerItem, budgets.of(Budget.WORK) / 2);
    try (Allotment _ = budgets.pool(Budget.WORK).await(wanted, PATIENCE)) {
      return work.answer(() -> written(list.get()));
    }
  }

  /// Looks at the store on the threads for that.
  public <T> T look(Supplier<T> look) {
    return work.call(look);
  }

  /// Bounds of memory in force.
  public Budgets budgets() {
    return budgets;
  }

  private Response written(Response response) {
    if (!(response.getEntity() instanceof Rendering rendering)) {
      return response;
    }
    return Response.fromResponse(response).entity(write(rendering)).build();
  }

  /// Writes all of an answer.
  ///
  /// @throws io.pharos.limits.heap.OverBudgetException when it is too large, or others take the
  ///   room
  public byte[] write(Rendering rendering) {
    try (Allotment memory = budgets.pool(Budget.ANSWERS).open()) {
      var bytes = new Chunks(memory);
      rendering.writeTo(bytes);
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException("writing an answer to memory", e);
    }
  }

  /* Grows without copies, and takes of the memory before it does. */
  private static final class Chunks extends OutputStream {
    private final Allotment memory;
    private final List<byte[]> full = new ArrayList<>();
    private byte[] last = new byte[CHUNK];
    private int used;

    Chunks(Allotment memory) {
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
