package io.pharos.config.files;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Reads files that Pharos reads repeatedly while it runs, such as files with secrets. A read fails
/// after two seconds. Thread-safe.
///
/// Each file is read on its own platform thread. A virtual thread that a file system blocks would
/// block its carrier thread too, and two files on a dead file server would stop all scrapes, rules
/// and messages.
public final class OutsideFiles {
  /* Even a busy disk answers within milliseconds. */
  static final Duration TIMEOUT = Duration.ofSeconds(2);

  private static final OutsideFiles ALL = new OutsideFiles(TIMEOUT);

  private final Duration timeout;
  private final Map<Path, Turn> turns = new ConcurrentHashMap<>();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("files-", 0).factory());

  OutsideFiles(Duration timeout) {
    this.timeout = timeout;
  }

  /// Permits one read of a file at a time. While a read hangs, no other read of the file starts.
  private static final class Turn {
    private final Semaphore free = new Semaphore(1);
    private volatile boolean hangs;
  }

  /// An operation on a file.
  @FunctionalInterface
  interface Operation<T> {
    T apply(Path file) throws IOException;
  }

  /// Returns the bytes of a file.
  ///
  /// @throws IOException if the file can't be read within two seconds
  public static byte[] read(Path file) throws IOException {
    return ALL.run(file, Files::readAllBytes);
  }

  /// Returns the text of a UTF-8 file.
  ///
  /// @throws IOException if the file can't be read within two seconds, or is not UTF-8
  public static String text(Path file) throws IOException {
    return ALL.run(file, path -> Files.readString(path, StandardCharsets.UTF_8));
  }

  /// Returns the modification time of a file.
  ///
  /// @throws IOException if it can't be read within two seconds
  public static FileTime modified(Path file) throws IOException {
    return ALL.run(file, Files::getLastModifiedTime);
  }

  <T> T run(Path file, Operation<T> operation) throws IOException {
    Turn turn = turns.computeIfAbsent(file, _ -> new Turn());
    try {
      if (turn.hangs || !turn.free.tryAcquire(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
        throw timedOut(file);
      }
      var result = new CompletableFuture<T>();
      start(() -> complete(file, operation, turn, result), turn);
      try {
        return result.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException _) {
        turn.hangs = true;
        if (result.isDone()) { // finished right after the timeout
          turn.hangs = false;
        }
        throw timedOut(file);
      }
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException problem -> throw problem;
        case RuntimeException problem -> throw problem;
        case Error problem -> throw problem;
        case null, default -> throw new IOException(file + ": " + e.getCause(), e);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(file + ": interrupted");
    }
  }

  /* Releases the turn if the thread can't be started. */
  private void start(Runnable reading, Turn turn) {
    try {
      threads.execute(reading);
    } catch (RuntimeException | Error e) {
      turn.free.release();
      throw e;
    }
  }

  private static <T> void complete(
      Path file, Operation<T> operation, Turn turn, CompletableFuture<T> result) {
    try {
      result.complete(operation.apply(file));
    } catch (IOException | RuntimeException | Error e) {
      result.completeExceptionally(e);
    } finally {
      turn.hangs = false;
      turn.free.release();
    }
  }

  private FileSystemException timedOut(Path file) {
    return new FileSystemException(
        file.toString(), null, "does not answer within " + timeout.toSeconds() + " s");
  }
}
