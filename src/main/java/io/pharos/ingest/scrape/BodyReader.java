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

/// Reads a body into memory; fails as soon as the body exceeds the limit.
final class BodyReader implements HttpResponse.BodySubscriber<BodyReader.Body> {
  private static final int INITIAL_CAPACITY = 16 * 1024;

  /// The first `length` bytes of an array.
  record Body(byte[] bytes, int length) {}

  /// Thrown if the body is longer than the limit.
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

  /// @param limit maximum length in bytes
  /// @param memory reserves the memory for the body
  /// @param buffers pool from which the first array is taken
  BodyReader(int limit, MemoryReservation memory, Buffers buffers) {
    this.limit = limit;
    this.memory = memory;
    byte[] reused = buffers.take(memory, 0);
    this.bytes = reused.length == 0 ? new byte[INITIAL_CAPACITY] : reused;
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
      int size = buffer.remaining();
      if (size > limit - length) {
        fail(new TooLong(limit));
        return;
      }
      if (length + size > bytes.length) {
        long grown = Math.max(length + size, 2L * bytes.length);
        int capacity;
        try {
          capacity = memory.grow(length + size, Math.min(grown, Math.max(limit, length + size)));
        } catch (OverBudgetException e) {
          fail(e);
          return;
        }
        bytes = Arrays.copyOf(bytes, capacity);
      }
      buffer.get(bytes, length, size);
      length += size;
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

  /// A pool of a few arrays for the bodies of scrapes. Reusing them avoids garbage collections.
  /// Thread-safe.
  static final class Buffers {
    /* Maximum length of an array that is reused. Larger bodies are rare, so their arrays are
     * freed. */
    private static final int MAX_REUSED_BYTES = 1 << 20;
    private static final byte[] NONE = {};

    private final BlockingQueue<byte[]> spare;

    /// @param max maximum number of arrays to keep for reuse
    Buffers(int max) {
      spare = new ArrayBlockingQueue<>(max);
    }

    /// Removes an array from this pool and returns it. Returns an empty array if the pool is empty
    /// or the memory can't be reserved.
    ///
    /// @param memory reserves the array's memory
    /// @param furtherBytes number of bytes that `memory` must provide in addition to the array
    byte[] take(MemoryReservation memory, long furtherBytes) {
      byte[] array = spare.poll();
      if (array == null || !memory.tryEnsure(furtherBytes + array.length)) {
        return NONE;
      }
      return array;
    }

    /// Adds an array that is no longer in use, unless the array is too long or the pool is full.
    void add(byte[] array) {
      if (array.length > 0 && array.length <= MAX_REUSED_BYTES) {
        boolean _ = spare.offer(array);
      }
    }
  }
}
