package io.pharos.ingest.scrape;

import io.pharos.limits.heap.MemoryReservation;
import io.pharos.limits.heap.OverBudgetException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/// Reads a body into memory, and fails as soon as it exceeds the limit.
final class BodyReader implements HttpResponse.BodySubscriber<BodyReader.Body> {
  private static final int FIRST = 16 * 1024;

  /// The first `length` bytes of an array.
  record Body(byte[] bytes, int length) {}

  /// The body is longer than the limit.
  static final class TooLong extends RuntimeException {
    TooLong(long limit) {
      super("the body is longer than " + limit + " bytes");
    }
  }

  private final CompletableFuture<Body> done = new CompletableFuture<>();
  private final int limit;
  private final MemoryReservation memory;
  private byte[] bytes;
  private int length;
  private Flow.@Nullable Subscription subscription;

  /// @param memory reserves the memory of the body
  /// @param buffers provides arrays for reuse
  BodyReader(int limit, MemoryReservation memory, Buffers buffers) {
    this.limit = limit;
    this.memory = memory;
    byte[] known = buffers.take(memory, 0);
    this.bytes = known.length == 0 ? new byte[FIRST] : known;
  }

  @Override
  public CompletionStage<Body> getBody() {
    return done;
  }

  @Override
  public void onSubscribe(Flow.Subscription newSubscription) {
    subscription = newSubscription;
    newSubscription.request(1);
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    for (ByteBuffer buffer : buffers) {
      int more = buffer.remaining();
      if (more > limit - length) {
        fail(new TooLong(limit));
        return;
      }
      if (length + more > bytes.length) {
        long grown = Math.max(length + more, 2L * bytes.length);
        int capacity;
        try {
          capacity = memory.grow(length + more, Math.min(grown, Math.max(limit, length + more)));
        } catch (OverBudgetException e) {
          fail(e);
          return;
        }
        bytes = Arrays.copyOf(bytes, capacity);
      }
      buffer.get(bytes, length, more);
      length += more;
    }
    if (subscription != null) {
      subscription.request(1);
    }
  }

  private void fail(RuntimeException problem) {
    if (subscription != null) {
      subscription.cancel();
    }
    done.completeExceptionally(problem);
  }

  @Override
  public void onError(Throwable problem) {
    done.completeExceptionally(problem);
  }

  @Override
  public void onComplete() {
    done.complete(new Body(bytes, length));
  }

  /// A few arrays that are reused for the bodies of scrapes, so that scrapes leave no garbage.
  /// Thread-safe.
  static final class Buffers {
    /* Larger bodies are rare, and their arrays are better freed than kept. */
    private static final int LARGEST = 1 << 20;
    private static final byte[] NONE = {};

    private final BlockingQueue<byte[]> spare;

    /// @param max maximum number of kept arrays
    Buffers(int max) {
      spare = new ArrayBlockingQueue<>(max);
    }

    /// Takes a kept array; returns an empty array if there is none, or no memory for it.
    ///
    /// @param memory reserves the array's memory
    /// @param beside bytes that `memory` must cover in addition
    byte[] take(MemoryReservation memory, long beside) {
      byte[] kept = spare.poll();
      if (kept == null || !memory.tryEnsure(beside + kept.length)) {
        return NONE;
      }
      return kept;
    }

    /// Keeps an array that is no longer in use, if there is room.
    void give(byte[] array) {
      if (array.length > 0 && array.length <= LARGEST) {
        boolean _ = spare.offer(array);
      }
    }
  }
}
