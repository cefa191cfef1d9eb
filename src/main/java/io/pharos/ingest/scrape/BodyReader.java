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
  private static final int FIRST = 16 * 1024;

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

  /// A few arrays that are reused for the bodies of scrapes, so that scrapes cause no garbage
  /// collection. Thread-safe.
  static final class Buffers {
    /* Larger bodies are rare, so their arrays are freed instead of kept for reuse. */
    private static final int LARGEST = 1 << 20;
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
    /// @param furtherBytes further bytes for which `memory` must suffice
    byte[] take(MemoryReservation memory, long furtherBytes) {
      byte[] kept = spare.poll();
      if (kept == null || !memory.tryEnsure(furtherBytes + kept.length)) {
        return NONE;
      }
      return kept;
    }

    /// Adds an array that is no longer in use, unless the pool is full.
    void give(byte[] array) {
      if (array.length > 0 && array.length <= LARGEST) {
        boolean _ = spare.offer(array);
      }
    }
  }
}
